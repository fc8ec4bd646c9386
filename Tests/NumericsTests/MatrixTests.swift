import Testing

@testable import Numerics

struct MatrixTests {
    let a = Matrix(2, 3, values: [1, 2, 3, 4, 5, 6])

    @Test func products() {
        var byTranspose = Matrix(2, 2)
        multiply(a, byTransposeOf: a.values.span, into: &byTranspose)
        #expect(byTranspose.values == [14, 32, 32, 77])
        var by = Matrix(2, 1)
        multiply(a, by: Matrix(3, 1, values: [1, 0, -1]), into: &by)
        #expect(by.values == [-2, -2])
    }

    @Test func parts() {
        #expect(a.columns(1..<3) == Matrix(2, 2, values: [2, 3, 5, 6]))
        #expect(a.rows(1..<2) == Matrix(1, 3, values: [4, 5, 6]))
        var b = a
        b.setColumns(from: 1, to: Matrix(2, 1, values: [9, 8]))
        #expect(b.values == [1, 9, 3, 4, 8, 6])
        b += a
        #expect(b[1, 1] == 13)
    }

    @Test func rowsAreAddedWithTheirWeights() {
        var y = Matrix(2, 3, values: [0, 0, 0, 1, 1, 1])
        addRows(a, weightedBy: Matrix(2, 2, values: [0, 2, 0, 10]), column: 1, to: &y)
        #expect(y.values == [2, 4, 6, 41, 51, 61])
    }
}
