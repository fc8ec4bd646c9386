import Configuration
import Daemon
import Glibc
import Telemetry

/// The command line of `forewarn-collector`. Status 0: done; 1: it went wrong; 2: the command line or the
/// configuration is wrong; 3: there was nothing to compare (`model check`).
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
        case "token": return try TokenCommand.run(rest)
        case "audit": return try TokenCommand.audit(rest)
        case "evaluate": return try Evaluate.run(rest)
        case "backup": return try BackupCommand.backup(rest)
        case "restore": return try BackupCommand.restore(rest)
        case "export": return try ExportCommand.run(rest)
        case "import": return try ImportCommand.run(rest)
        case "backtest": return try Backtest.run(rest)
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
              [--read-only] [--scenario-control ADDRESS:PORT]
              Takes samples, forecasts, scores and answers. Listens on 127.0.0.1:8000 unless told otherwise.
              --read-only: whoever asks may look and change nothing. --scenario-control: where a
              demonstration fleet on this machine takes scenarios, so that the dashboard can switch it.
          forewarn-collector watch [--collector URL] [--host NAME] [--once] [--wait SECONDS] [--note TEXT]
              Shows one host and the fleet in the terminal, every five seconds. --once prints when the host's first
              sample and a forecast are there, and ends. --note is a line to show with it.
          forewarn-collector simulate [--collector URL] [--hosts 20|90] [--past 26h] [--seed N]
                                      [--scenario healthy|degrading|critical|cascade] [--for 30m]
                                      [--speed 1] [--control ADDRESS:PORT]
              Plays the demonstration fleet against a collector: its past first, then live, up to 60 times as fast as
              the clock.
          forewarn-collector simulate scenario [healthy|degrading|critical|cascade] [--control ADDRESS:PORT]
              Changes what a fleet that plays live is going through, or shows it: its incidents, and who caused them.
              Hosts fall ill and get well within some eight minutes. --control is 127.0.0.1:8009 on both sides unless
              told otherwise; GET and PUT /scenario there do the same.
          forewarn-collector simulate --out DIR [--days 30] [--hosts 20|90] [--seed N] [--varied]
                                      [--incidents 3]
              Writes the fleet's past as a data set instead: steps.csv for train, labels.csv with what truly happened.
              --varied makes hosts unlike the demonstration fleet's, for a model that is to serve strangers.
              --incidents says how many come to a host in a month; with 0 all stay well.
          forewarn-collector train --from STATE|FILE.csv [FILE.csv …] [--out DIR] [--minutes 15 | --steps N]
                                   [--resume] [--hosts A,B,…] [--hold-out N] [--days N] [--seed N] [--hidden 32]
                                   [--heads 4] [--batch 64] [--rate 0.002] [--dropout 0.1] [--patience N]
              Learns a model from hosts' steps: those of a collector, which may be running, or of CSV files. Keeps what
              did best on the newest time, and says how it does there and on hosts it never saw. A run that was killed
              goes on with --resume.
          forewarn-collector model list | show ID | use ID | rollback | import DIR | trial ID
                                   [--state DIR] [--config FILE] [--json] [--why TEXT]
              The models of a collector, running or not: what each learnt from and how well, which speaks, which was
              before. import copies a folder that passes model check; trial lets one forecast unheard beside the one
              in use until it is known which is better. `shipped` is the model that came with the program.
          forewarn-collector model check DIR [--json]
              Proves that a model folder is served right: loads it and compares its answers with those that lie in it
              (io.safetensors, sample.json). Status 1 when one is off, 3 when there is nothing to compare.
          forewarn-collector model bench DIR [--hosts 90] [--json]
              How fast this machine forecasts and trains with it: median seconds, and GFLOP/s beside the best it can do.
          forewarn-collector evaluate --from STATE|FILE.csv [FILE.csv …] [--model DIR] [--hosts A,B,…] [--days 7]
                                      [--every 12] [--json] [--svg FILE]
              Forecasts hosts' newest days over again, from every twelfth step, and holds it against what came: pinball
              loss, CRPS, MASE and coverage by metric, profile and how far ahead, beside persistence, the same time
              yesterday and last week, and damped trend. A collector may be running on the state folder.
          forewarn-collector evaluate --series FILE --spec FILE [--minutes 10] [--seed N] [--schedule linear|plateau]
                                      [--json]
              Trains on a table of series (CSV, plain or gzip) and forecasts its end window by window, as GIFT-Eval does
              (arXiv:2410.10393), by a blend of networks and simple forecasts fitted on the newest time before the
              tests: CRPS and MASE beside naive, seasonal naive and damped trend. The spec file is
              {"id":…, "time":…, "columns":[…], "step_seconds":…, "season":…, "context":…, "horizon":…, "windows":…,
              "minutes":…}; id, context (how far the transformer looks back) and minutes may be left out.
          forewarn-collector alert test ROUTE [--collector URL]
              Sends a test page along a route of the running collector, and its end; says what the receivers answered.
          forewarn-collector alert outbox|dead [--channel NAME] [--limit 50] [--collector URL]
              What was told and what waits; what was given up.
          forewarn-collector alert replay ID [--collector URL]
              Sends a dead delivery again.
          forewarn-collector token create KIND [--role viewer|operator|admin] [--host NAME] [--expires 90d]
                                               [--uses N] [--name TEXT] [--config FILE] [--state DIR] [--json]
              Makes a token and prints it, this once. KIND is agent (sends samples, of one host or of any), enrolment
              (gives agents a token of their own, --uses of them, 1000 unless given) or key (for people and programs
              that ask). Once there is one of any kind, all requests must show one.
          forewarn-collector token list|revoke|rotate [ID] [--grace 1h] [--config FILE] [--state DIR] [--json]
              Shows them, takes one back, or puts a new one in its place. A collector that runs knows within seconds.
          forewarn-collector audit [--limit 50] [--config FILE] [--state DIR] [--json]
              Who changed what, from where and when, the newest first.
          forewarn-collector backtest --from FILE.csv --labels FILE.csv [--days 30] [--hosts A,B,…] [--every STEPS]
                                      [--cpus 8] [--model DIR] [--config FILE] [--calibrate] [--json]
              What would have been alerted on hosts' past, and when, held against what truly was: recall, precision,
              lead time and false alerts for every level, beside fixed limits and beside persistence; and the chance
              of an incident, held against what came. --every forecasts at every so many steps only. --calibrate fits
              that chance to this history and prints its settings.
          forewarn-collector backtest --series FILE.csv[,…] --labels FILE.csv[,…] [--alarms 30] [--json]
              Servers whose columns may be anything (time, split train|test, numbers): what their own forecasts did not
              expect, held against labelled incidents (start_row_in_test, end_row_in_test), beside fixed limits.
              --alarms: how many a month the threshold is chosen for, from the train part alone.
          forewarn-collector backup FILE|- [--state DIR] [--config FILE] [--force]
              Everything that a collector keeps, in one file (a tar archive with its SHA256SUMS), while it runs. The
              file gets its name when it is whole and was read again. It refuses to replace one without --force.
          forewarn-collector restore FILE|- [--state DIR] [--config FILE] [--force]
              Puts a backup into an empty state folder, on which no collector runs. --force moves what is there aside.
          forewarn-collector export FILE|- [--state DIR] [--config FILE] [--hosts A,B,…] [--from TIME] [--to TIME]
              Writes five-minute steps as CSV, gzip where the name ends in .gz; the collector may be running.
          forewarn-collector import FILE|- [--state DIR] [--config FILE] [--replace]
              Takes such a file into the state folder of a stopped collector. The same again changes nothing; a step
              that is there with other values is an error, unless --replace. Nothing is taken of a wrong file.
          forewarn-collector --version | --help

        Signals: SIGTERM and SIGINT end it when what was taken is stored; SIGHUP reads the configuration again and
        takes its thresholds, advice, rules of alerts, channels and routes, and loads the model folder and the TLS
        files anew; everything else of the configuration waits for a restart.
        Without --config, /etc/forewarn/collector.yaml is read if it is there.
        """
}
