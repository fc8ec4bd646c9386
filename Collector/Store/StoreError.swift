/// What went wrong, by what the caller must do about it.
package enum StoreError: Error, Equatable {
    /// More is waiting to be written than may wait. Try again soon (503).
    case busy(waitingRecords: Int)
    /// The disk has no room. Nothing of the batch is stored; it works again by itself when there is room (507).
    case full(path: String)
    /// The store was closed; the program is ending.
    case closed
    /// The database cannot be used at all; `hint` says what a person can do.
    case unusable(path: String, reason: String, hint: String)
    /// This one call failed.
    case failed(reason: String)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .busy(let waiting): "\(waiting) records are waiting to be written; try again"
        case .full(let path): "no space left for \(path)"
        case .closed: "the store is closed"
        case .unusable(let path, let reason, let hint): "\(path): \(reason); \(hint)"
        case .failed(let reason): reason
        }
    }
}
