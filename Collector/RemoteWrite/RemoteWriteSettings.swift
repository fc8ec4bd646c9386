/// How what Prometheus writes becomes hosts.
package struct RemoteWriteSettings: Sendable, Equatable {
    package var isEnabled = true
    /// The label that names the host; a port at its end is left away. `nodename` is that of node_uname_info.
    package var hostLabel = "instance"
    /// Labels of the series that become labels of the host.
    package var labels = ["job"]
    /// Series that carry one of these labels with this value are not read.
    package var drop: [Label] = []
    /// How long the parts of a scrape are waited for that the scrape before had.
    package var holdSeconds = 15.0

    package struct Label: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init() {}
}
