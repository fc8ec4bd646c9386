/// One state of the thresholds that people have set, kept with who and when.
package struct ThresholdVersion: Sendable, Equatable {
    /// From 1; 0 is the configuration file alone.
    package var number: Int
    /// Unix seconds.
    package var at: Double
    package var author: String
    package var comment: String
    /// Setting path → value: what differs from the configuration file.
    package var settings: [String: Double]

    package init(number: Int, at: Double, author: String, comment: String, settings: [String: Double]) {
        (self.number, self.at, self.author, self.comment, self.settings) = (number, at, author, comment, settings)
    }
}
