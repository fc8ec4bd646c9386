/// One change, and who made it.
package struct AuditEntry: Sendable, Equatable {
    /// 0 before it is stored.
    package var id: Int64
    /// Unix seconds.
    package var at: Double
    /// A key's name, a user, an agent; `command line of USER`.
    package var who: String
    /// Where from; `local` for the command line.
    package var address: String
    /// The interface's operation, or the command.
    package var action: String
    /// What it was done to.
    package var target: String
    /// What was asked for, at most `detailMax` characters, without secrets.
    package var detail: String
    /// The answer's status.
    package var status: Int

    package static let detailMax = 2000

    package init(
        id: Int64 = 0, at: Double, who: String, address: String, action: String, target: String, detail: String = "",
        status: Int
    ) {
        self.id = id
        self.at = at
        self.who = who
        self.address = address
        self.action = action
        self.target = target
        self.detail = String(detail.prefix(Self.detailMax))
        self.status = status
    }
}
