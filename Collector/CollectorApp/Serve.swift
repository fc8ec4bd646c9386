import Configuration
import Daemon
import Glibc
import HTTPServer
import Telemetry

/// `forewarn-collector serve`
enum Serve {
    static let standardFile = "/etc/forewarn/collector.yaml"

    static func run(_ words: [String]) throws -> CInt {
        let arguments = try Arguments(
            words,
            options: [
                "--config": 1, "--listen": 1, "--state": 1, "--model": 1, "--read-only": 0, "--scenario-control": 1,
            ])
        var configuration = try Self.configuration(arguments)
        let log = Log.standard()
        // Databases, models and receivers of alerts want descriptors too.
        let connectionsMax = max(FileLimit.raise() - 256, 16)
        if configuration.http.connectionsMax > connectionsMax {
            configuration.http.connectionsMax = connectionsMax
            log.warning(
                "http.connections_max is more than this program may open: raise its limit of files",
                ["connections_max": "\(connectionsMax)"])
        }
        let collector = try Collector(configuration, log: log)
        let scheme = configuration.tls == nil ? "http" : "https"
        log.info(
            "listening",
            [
                "url": "\(scheme)://\(collector.listen)",
                "state": configuration.state, "version": Version.program,
            ])
        if let wanted = collector.heldBack {
            log.warning(
                "listens on this machine only: nobody has a token yet",
                [
                    "configured": wanted,
                    "mend": "forewarn-collector token create agent, token create key --role admin, and a restart",
                ])
        }
        if let until = collector.certificateUntil { log.info("speaks TLS only", ["certificate_until": until]) }
        var attendance = Attendance(ServiceManager(), log: log)
        attendance.ready(collector)
        while true {
            switch Signals.next(withinSeconds: attendance.seconds) {
            case .terminate:
                log.info("stopping")
                attendance.stopping()
                collector.stop()
                return 0
            case .reload:
                attendance.reloading()
                do throws(ConfigError) {
                    collector.reload(try Self.configuration(arguments))
                } catch {
                    log.error("the configuration is refused; what holds stays", ["reason": "\(error)"])
                }
                attendance.ready(collector)
            case nil: attendance.look(at: collector)
            }
        }
    }

    static func configuration(_ arguments: Arguments) throws(ConfigError) -> CollectorConfiguration {
        let path = arguments.value("--config") ?? (access(standardFile, F_OK) == 0 ? standardFile : nil)
        let file: ConfigFile
        if let path { file = try ConfigFile(path: path) } else { file = .empty }
        for (key, option) in [
            ("listen", "--listen"), ("state", "--state"), ("model", "--model"),
            ("scenario_control", "--scenario-control"),
        ] {
            if let text = arguments.value(option) { file.override(key, with: text, from: option) }
        }
        if arguments.has("--read-only") { file.override("read_only", with: "true", from: "--read-only") }
        return try CollectorConfiguration(file)
    }
}
