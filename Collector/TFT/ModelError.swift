/// Why a model folder cannot be used. Each case names the file, and the tensor or field at fault.
package enum ModelError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    /// `config.json` or `sample.json`: the field, and the rule it breaks.
    case badField(file: String, field: String, rule: String)
    /// The file as a whole is not what its name says.
    case badFile(file: String, reason: String)
    case truncated(file: String, tensor: String, needed: Int, found: Int)
    case missingTensor(file: String, tensor: String)
    case unexpectedTensor(file: String, tensor: String)
    case wrongShape(file: String, tensor: String, expected: [Int], found: [Int])
    case wrongType(file: String, tensor: String, expected: String, found: String)
    case notFinite(file: String, tensor: String)
    /// Two names of one tensor that do not hold the same numbers.
    case differentCopies(file: String, tensor: String, of: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .badField(let file, let field, let rule): "\(file): \(field): \(rule)"
        case .badFile(let file, let reason): "\(file): \(reason)"
        case .truncated(let file, let tensor, let needed, let found):
            "\(file): tensor \(tensor): the file is truncated: it should reach byte \(needed) and has \(found)"
        case .missingTensor(let file, let tensor): "\(file): tensor \(tensor): missing"
        case .unexpectedTensor(let file, let tensor):
            "\(file): tensor \(tensor): config.json describes no such tensor"
        case .wrongShape(let file, let tensor, let expected, let found):
            "\(file): tensor \(tensor): shape \(found), expected \(expected)"
        case .wrongType(let file, let tensor, let expected, let found):
            "\(file): tensor \(tensor): type \(found), expected \(expected)"
        case .notFinite(let file, let tensor): "\(file): tensor \(tensor): holds a NaN or an infinity"
        case .differentCopies(let file, let tensor, let other):
            "\(file): tensor \(tensor): differs from \(other), which is the same tensor"
        }
    }
}
