/// Why a corner of the kernel gave no value. Absent, unreadable and malformed are three things, and none of them is
/// zero.
package enum ReadError: Error, Equatable, CustomStringConvertible {
    case absent(file: String)
    /// `code` is an errno.
    case unreadable(file: String, code: Int32)
    /// `line` counts from 1.
    case malformed(file: String, line: Int, expected: String, found: String)
    /// What was read gives no value, in words.
    case noValue(String)

    package var description: String {
        switch self {
        case .absent(let file): "\(file) does not exist"
        case .unreadable(let file, let code): "\(file): \(words(of: code))"
        case .malformed(let file, let line, let expected, let found):
            "\(file):\(line): expected \(expected), found \(found)"
        case .noValue(let reason): reason
        }
    }
}
