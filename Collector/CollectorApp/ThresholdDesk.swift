import API
import Daemon
import Insight
import Risk
import Store

/// The thresholds in force: the configuration file's, with what people have set since in their place. Every change is
/// kept before it holds.
final class ThresholdDesk: Sendable {
    private struct State {
        var base: RiskConfiguration
        var version: ThresholdVersion
        var engine: RiskEngine
    }

    private let store: Store
    private let clock: Clock
    private let log: Log
    private let state: Locked<State>
    /// One change at a time, for each follows from the one before.
    private let changing = Locked(())

    init(_ base: RiskConfiguration, store: Store, clock: Clock, log: Log) throws(StoreError) {
        (self.store, self.clock, self.log) = (store, clock, log)
        let newest = try store.thresholds(limit: 1).first
        let version = newest ?? Self.fileAlone
        var configuration = base
        do throws(RiskConfigurationError) {
            configuration = try Self.applied(version.settings, to: base)
        } catch {
            // The file has changed meanwhile in a way that does not go with them. The file is what an admin sees.
            log.error(
                "thresholds set through the API do not go with the configuration file; the file alone holds",
                ["version": "\(version.number)", "reason": "\(error)"])
        }
        state = Locked(State(base: base, version: version, engine: RiskEngine(configuration: configuration)))
    }

    private static let fileAlone = ThresholdVersion(
        number: 0, at: 0, author: "configuration file", comment: "", settings: [:])

    var engine: RiskEngine { state.withLock { $0.engine } }

    var current: Thresholds {
        state.withLock { Thresholds(version: $0.version, configuration: $0.engine.configuration, file: $0.base) }
    }

    func service(onChange: @escaping @Sendable () -> Void) -> ThresholdService {
        ThresholdService(
            current: { self.current },
            change: { (change) throws(ThresholdFault) in
                let thresholds = try self.change(change)
                onChange()
                return thresholds
            }, history: { [store] () throws(StoreError) in try store.thresholds() })
    }

    /// The file has been read again.
    func renew(_ base: RiskConfiguration) throws(RiskConfigurationError) {
        try changing.withLock { (_) throws(RiskConfigurationError) in
            let settings = state.withLock { $0.version.settings }
            let configuration = try Self.applied(settings, to: base)
            state.withLock { state in
                state.base = base
                state.engine = RiskEngine(configuration: configuration)
            }
        }
    }

    /// Takes a change into force.
    func change(_ change: ThresholdChange) throws(ThresholdFault) -> Thresholds {
        try changing.withLock { (_) throws(ThresholdFault) in try take(change) }
    }

    private func take(_ change: ThresholdChange) throws(ThresholdFault) -> Thresholds {
        let (base, before) = state.withLock { ($0.base, $0.version) }
        if let expected = change.expectedVersion, expected != before.number {
            throw .conflict(inForce: before.number)
        }
        let settings = try settings(of: change, before)
        let configuration: RiskConfiguration
        do throws(RiskConfigurationError) {
            configuration = try Self.applied(settings, to: base)
        } catch {
            throw .rule(error)
        }
        let version = ThresholdVersion(
            number: before.number + 1, at: clock.now(), author: change.author, comment: change.comment,
            settings: settings)
        do throws(StoreError) { try store.save(version) } catch { throw .store(error) }
        state.withLock { state in
            state.version = version
            state.engine = RiskEngine(configuration: configuration)
        }
        log.info(
            "thresholds changed",
            ["version": "\(version.number)", "by": version.author, "settings": "\(settings.count)"])
        return current
    }

    private func settings(
        of change: ThresholdChange, _ before: ThresholdVersion
    ) throws(ThresholdFault) -> [String: Double] {
        switch change.kind {
        case .replace(let settings): return settings
        case .merge(let settings):
            var all = before.settings
            for (path, value) in settings { all[path] = value }
            return all
        case .undo:
            guard before.number > 0 else { throw .nothingToUndo }
            do throws(StoreError) {
                let versions = try store.thresholds(limit: 2)
                return versions.count > 1 ? versions[1].settings : [:]
            } catch {
                throw .store(error)
            }
        }
    }

    /// What would hold with some settings changed, as a merge would change them; nothing is taken into force.
    func trial(of settings: [String: Double?]) throws(ThresholdFault) -> RiskConfiguration {
        let (base, before) = state.withLock { ($0.base, $0.version) }
        var all = before.settings
        for (path, value) in settings { all[path] = value }
        do throws(RiskConfigurationError) { return try Self.applied(all, to: base) } catch { throw .rule(error) }
    }

    private static func applied(
        _ settings: [String: Double], to base: RiskConfiguration
    ) throws(RiskConfigurationError) -> RiskConfiguration {
        var configuration = base
        for (path, value) in settings { RiskSetting.named(path)?.set(value, in: &configuration) }
        return try configuration.validated()
    }
}
