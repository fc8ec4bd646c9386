import Configuration
import Daemon
import Glibc
import Telemetry

/// The command line of `forewarn-collector`. Status 0: done; 1: it went wrong; 2: the command line or the
/// configuration is wrong.
package enum Commands {
    package static func run(_ words: [String]) -> CInt {
        Signals.block()
        do {
            return try dispatch(words)
        } catch let error as UsageError {
            complain("\(error)\nforewarn-collector --help shows how it is used")
            return 2
        } catch let error as ConfigError {
            complain("\(error)")
            return 2
        } catch {
            complain("\(error)")
            return 1
        }
    }

    private static func dispatch(_ words: [String]) throws -> CInt {
        let rest = Array(words.dropFirst())
        if rest.contains("--help") { return show(help) }
        switch words.first {
        case "serve": return try Serve.run(rest)
        case "simulate": return try Simulate.run(rest)
        case "watch": return try Watch.run(rest)
        case "train": return try Train.run(rest)
        case "model": return try ModelCommand.run(rest)
        case "alert": return try AlertCommand.run(rest)
        case "evaluate": return try Evaluate.run(rest)
        case "--version": return show("forewarn-collector \(Version.program) (data contract \(Version.contract))")
        case "--help", "-h": return show(help)
        case nil: throw UsageError("no command was given")
        case let other?: throw UsageError("\(other) is no command")
        }
    }

    static func show(_ text: String) -> CInt {
        print(text)
        return 0
    }

    /// False when its reader has gone (`| head`).
    @discardableResult
    static func print(_ text: String) -> Bool {
        let bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(1, $0.baseAddress.map { $0 + sent }, bytes.count - sent) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    static func complain(_ text: String) {
        var text = "forewarn-collector: \(text)\n"
        _ = text.withUTF8 { write(2, $0.baseAddress, $0.count) }
    }

    private static let help = """
        Keeps what agents measure, forecasts it eight hours ahead, scores the risk and tells.

          forewarn-collector serve [--config FILE] [--listen ADDRESS:PORT] [--state DIR] [--model DIR]
              Takes samples, forecasts, scores and answers. Listens on 127.0.0.1:8000 unless told otherwise.
          forewarn-collector watch [--collector URL] [--host NAME] [--once] [--wait SECONDS]
              Shows one host and the fleet in the terminal, every five seconds. --once prints when the host's first
              sample and a forecast are there, and ends.
          forewarn-collector simulate [--collector URL] [--hosts 20|90] [--past 26h] [--seed N]
                                      [--scenario healthy|degrading|critical|cascade] [--for 30m]
              Plays the demonstration fleet against a collector: its past first, then live.
          forewarn-collector simulate --out DIR [--days 30] [--hosts 20|90] [--seed N]
              Writes the fleet's past as a data set instead: steps.csv for train, labels.csv with what truly happened.
          forewarn-collector train --from STATE|FILE.csv [FILE.csv …] [--out DIR] [--minutes 15 | --steps N]
                                   [--resume] [--hosts A,B,…] [--hold-out N] [--days N] [--seed N] [--hidden 32]
                                   [--heads 4] [--batch 64] [--rate 0.002] [--dropout 0.1] [--patience N]
              Learns a model from hosts' steps: those of a collector that is not running, or of CSV files. Keeps what
              did best on the newest time, and says how it does there and on hosts it never saw. A run that was killed
              goes on with --resume.
          forewarn-collector model check DIR [--json]
              Proves that a model folder is served right: loads it and compares its answers with those that lie in it
              (io.safetensors, sample.json). Status 1 when one is off.
          forewarn-collector model bench DIR [--hosts 90] [--json]
              How fast this machine forecasts and trains with it: median seconds, and GFLOP/s beside the best it can do.
          forewarn-collector evaluate --series FILE --spec FILE [--minutes 10] [--seed N] [--json]
              Trains on a table of series (CSV, plain or gzip) and forecasts its end window by window, as GIFT-Eval does
              (arXiv:2410.10393): CRPS and MASE beside naive, seasonal naive and damped trend. The spec file is
              {"id":…, "time":…, "columns":[…], "step_seconds":…, "season":…, "context":…, "horizon":…, "windows":…,
              "minutes":…}; id, context and minutes may be left out.
          forewarn-collector alert test ROUTE [--collector URL]
              Sends a test page along a route of the running collector, and its end; says what the receivers answered.
          forewarn-collector alert outbox|dead [--channel NAME] [--limit 50] [--collector URL]
              What was told and what waits; what was given up.
          forewarn-collector alert replay ID [--collector URL]
              Sends a dead delivery again.
          forewarn-collector --version | --help

        Signals: SIGTERM and SIGINT end it when what was taken is stored; SIGHUP loads the model folder and the
        TLS files again.
        Without --config, /etc/forewarn/collector.yaml is read if it is there.
        """
}
