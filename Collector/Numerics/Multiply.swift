import COpenBLAS

// The matrix products. Shapes come from the arguments and are checked here, once.

/// Makes every product run on its caller's thread. OpenBLAS's own threads lose at our shapes; we split over hosts
/// instead. Once per program is enough, and more often does no harm.
package func useOneThreadPerProduct() { openblas_set_num_threads(1) }

/// `y = x · Wᵀ` with `x: [m, k]`, `W: [n, k]`, `y: [m, n]`.
package func multiply(_ x: Matrix, byTransposeOf w: Span<Float>, into y: inout Matrix) {
    let (m, n, k) = (x.rows, y.columns, x.columns)
    precondition(y.rows == m && w.count == n * k)
    y.values.withUnsafeMutableBufferPointer { y in
        x.values.withUnsafeBufferPointer { x in
            w.withUnsafeBufferPointer { w in
                guard let x = x.baseAddress, let w = w.baseAddress, let y = y.baseAddress else { return }
                product(Strided(x, k), Strided(w, k, isTransposed: true), into: y, n, m: m, n: n, k: k)
            }
        }
    }
}

/// `y = x · w` with `x: [m, k]`, `w: [k, n]`, `y: [m, n]`.
package func multiply(_ x: Matrix, by w: Matrix, into y: inout Matrix) {
    let (m, n, k) = (x.rows, w.columns, x.columns)
    precondition(y.rows == m && y.columns == n && w.rows == k)
    y.values.withUnsafeMutableBufferPointer { y in
        x.values.withUnsafeBufferPointer { x in
            w.values.withUnsafeBufferPointer { w in
                guard let x = x.baseAddress, let w = w.baseAddress, let y = y.baseAddress else { return }
                product(Strided(x, k), Strided(w, n), into: y, n, m: m, n: n, k: k)
            }
        }
    }
}

/// One factor of a product: where it begins, and how far apart its rows lie.
package struct Strided {
    let start: UnsafePointer<Float>
    let stride: Int
    let isTransposed: Bool

    package init(_ start: UnsafePointer<Float>, _ stride: Int, isTransposed: Bool = false) {
        self.start = start
        self.stride = stride
        self.isTransposed = isTransposed
    }
}

/// The one call into OpenBLAS: `c = alpha · a · b + beta · c`, row-major, `a: [m, k]`, `b: [k, n]` after their
/// transposition, `c: [m, n]` with `stride` floats from row to row. The caller answers for the memory behind the
/// pointers.
package func product(
    _ a: Strided, _ b: Strided, into c: UnsafeMutablePointer<Float>, _ stride: Int, m: Int, n: Int, k: Int,
    alpha: Float = 1, adding beta: Float = 0
) {
    cblas_sgemm(
        CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
        CInt(m), CInt(n), CInt(k), alpha, a.start, CInt(a.stride), b.start, CInt(b.stride), beta, c, CInt(stride))
}
