import Configuration
import Evaluation
import JSON

@testable import Alerting
@testable import TFT

/// Files that people hand over: models, configuration, tables, calendars.
enum FormatTargets {
    static let all = [
        FuzzTarget(name: "safetensors", bytesMax: 8192) { bytes in
            guard let file = try? Safetensors(bytes: bytes, file: "fuzz") else { return }
            for name in file.entries.keys { _ = try? file.floats(name) }
        },
        FuzzTarget(name: "modelconfig", bytesMax: 8192) { bytes in
            _ = try? JSONFields.read(bytes, file: "fuzz") { (fields) throws(ModelError) in try TFTConfig(fields) }
        },
        FuzzTarget(name: "yaml") { bytes in
            guard let file = try? ConfigFile(text: bytes, path: "fuzz.yaml") else { return }
            _ = try? file.root.string("listen", default: "")
            _ = try? file.root.section("http").int("threads", default: 2, in: 1...64)
            _ = try? file.root.duration("forecast_grace", default: 20, in: 0...240)
            _ = try? file.root.strings("profiles", default: [], rule: ConfigRule("be", mend: "be") { _ in true })
            _ = try? file.finish()
        },
        FuzzTarget(name: "csv", bytesMax: 8192) { bytes in
            guard let text = try? CSVText(name: "fuzz", bytes: bytes) else { return }
            var table = HostTable()
            _ = try? table.add(text)
        },
        FuzzTarget(name: "recurrence", bytesMax: 600) { bytes in
            let zone = ZoneRules.utc
            guard let rule = try? Recurrence(String(decoding: bytes, as: UTF8.self), zone: zone),
                let starts = try? rule.starts(from: 1_795_428_000, zone: zone)
            else { return }
            require(starts.count <= Recurrence.startsMax, "\(starts.count) starts")
            require(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }, "\(starts.prefix(5)) do not ascend")
            if let count = rule.count { require(starts.count <= count, "\(starts.count) of \(count) starts") }
        },
        FuzzTarget(name: "tzif") { bytes in
            guard let zone = ZoneRules(name: "Fuzz", tzif: bytes) else { return }
            _ = try? Recurrence("FREQ=DAILY;COUNT=3", zone: zone).starts(from: 1_795_428_000, zone: zone)
        },
    ]
}
