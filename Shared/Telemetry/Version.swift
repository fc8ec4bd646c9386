/// What `--version` prints and every batch carries.
package enum Version {
    package static let program = "0.1.0"
    /// The data contract's version.
    package static let contract = 2
}
