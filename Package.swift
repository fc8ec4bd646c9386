// swift-tools-version: 6.2
import PackageDescription

/// A C library of the host's; its folder holds a module map and, where C needs help, a shim.
func systemLibrary(_ name: String, in wing: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "\(wing)/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A room of the house: one folder, one module, the rooms it may enter.
func room(_ name: String, in wing: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "\(wing)/\(name)", swiftSettings: house)
}

/// A program: a front door and nothing else.
func program(_ name: String, in wing: String, uses dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "\(wing)/\(name)", swiftSettings: house)
}

/// The mirror of a room in Tests.
func tests(of name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name), "TestSupport"] + dependencies,
        path: "Tests/\(name)Tests",
        swiftSettings: house)
}

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "forewarn",
    products: [
        .executable(name: "forewarn-agent", targets: ["forewarn-agent"]),
        .executable(name: "forewarn-collector", targets: ["forewarn-collector"]),
    ],
    targets: [
        systemLibrary("CCurl", in: "Shared", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        systemLibrary("CYaml", in: "Shared", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        systemLibrary("CCrypto", in: "Shared", pkgConfig: "libcrypto", apt: "libssl-dev"),
        systemLibrary("CSSL", in: "Shared", pkgConfig: "libssl", apt: "libssl-dev"),
        systemLibrary("CZlib", in: "Shared", pkgConfig: "zlib", apt: "zlib1g-dev"),
        room("Telemetry", in: "Shared"),
        room("Identity", in: "Shared", uses: ["CCrypto", "Telemetry"]),
        room("Configuration", in: "Shared", uses: ["CYaml"]),
        room("Daemon", in: "Shared"),
        room("Compression", in: "Shared", uses: ["CZlib"]),
        room("HTTPClient", in: "Shared", uses: ["CCurl", "CSSL", "Daemon"]),

        systemLibrary("CLinux", in: "Agent", apt: "linux-libc-dev"),
        room("HostMetrics", in: "Agent", uses: ["CLinux", "Daemon", "Telemetry"]),
        room("Spool", in: "Agent", uses: ["Daemon"]),
        room(
            "AgentApp", in: "Agent",
            uses: ["Compression", "Configuration", "Daemon", "HTTPClient", "HostMetrics", "Spool", "Telemetry"]),
        program("forewarn-agent", in: "Agent", uses: ["AgentApp"]),

        systemLibrary("COpenBLAS", in: "Collector", pkgConfig: "openblas", apt: "libopenblas-dev"),
        systemLibrary("CSQLite", in: "Collector", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        systemLibrary("CMicrohttpd", in: "Collector", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        systemLibrary("CWslay", in: "Collector", apt: "libwslay-dev"),
        systemLibrary("CPriority", in: "Collector", apt: "linux-libc-dev"),
        systemLibrary("CGnuTLS", in: "Collector", pkgConfig: "gnutls", apt: "libgnutls28-dev"),
        systemLibrary("CSnappy", in: "Collector", apt: "libsnappy-dev"),
        .target(
            name: "CRemoteWrite", path: "Collector/CRemoteWrite", exclude: ["remote_write.proto"],
            linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(name: "CSimdjson", path: "Collector/CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CDashboard", path: "Collector/CDashboard", exclude: ["Assets", "overview.png"]),
        // -O3 in debug builds too: the tests run whole networks.
        .target(
            name: "CVector", path: "Collector/CVector",
            cSettings: [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math"])]),
        room("JSON", in: "Collector", uses: ["CSimdjson"]),
        room("SQLite", in: "Collector", uses: ["CSQLite"]),
        room("Access", in: "Collector", uses: ["Identity"]),
        room("Insight", in: "Collector", uses: ["Telemetry"]),
        room("Alerting", in: "Collector", uses: ["Daemon", "Insight", "Telemetry"]),
        room(
            "Store", in: "Collector",
            uses: ["Access", "Alerting", "Daemon", "Identity", "Insight", "JSON", "SQLite", "Telemetry"]),
        room("Surprise", in: "Collector", uses: ["Evaluation", "Telemetry"]),
        room("Numerics", in: "Collector", uses: ["COpenBLAS", "CVector"]),
        room("TFT", in: "Collector", uses: ["CVector", "JSON", "Numerics"]),
        room("Forecasting", in: "Collector", uses: ["Daemon", "Insight", "JSON", "Numerics", "TFT", "Telemetry"]),
        room(
            "Training", in: "Collector",
            uses: ["CVector", "Daemon", "Forecasting", "Insight", "Numerics", "TFT", "Telemetry"]),
        room("Risk", in: "Collector", uses: ["Insight", "Telemetry"]),
        room(
            "Evaluation", in: "Collector",
            uses: ["Compression", "Daemon", "Forecasting", "Insight", "TFT", "Telemetry", "Training"]),
        room(
            "Rehearsal", in: "Collector", uses: ["Alerting", "Daemon", "Insight", "Risk", "Telemetry"]),
        room("Simulator", in: "Collector", uses: ["Telemetry"]),
        room("RemoteWrite", in: "Collector", uses: ["CRemoteWrite", "CSnappy", "Telemetry"]),
        room("Backup", in: "Collector", uses: ["Daemon", "Identity", "JSON", "Store", "Telemetry"]),
        room(
            "Lifecycle", in: "Collector",
            uses: ["CPriority", "Daemon", "Identity", "Insight", "JSON", "TFT", "Telemetry"]),
        room(
            "Delivery", in: "Collector",
            uses: ["Alerting", "Daemon", "HTTPClient", "Identity", "Insight", "JSON", "Telemetry"]),
        room("HTTPServer", in: "Collector", uses: ["Access", "CGnuTLS", "CMicrohttpd", "Daemon", "Telemetry"]),
        room("WebSocket", in: "Collector", uses: ["CWslay", "Daemon", "HTTPServer", "Identity"]),
        room(
            "API", in: "Collector",
            uses: [
                "Access", "Alerting", "CDashboard", "Compression", "Daemon", "HTTPServer", "Identity", "Insight",
                "JSON", "Lifecycle", "RemoteWrite", "Risk",
                "Store",
                "Telemetry", "WebSocket",
            ]),
        room(
            "CollectorApp", in: "Collector",
            uses: [
                "API", "Access", "Alerting", "Backup", "Compression", "Configuration", "Daemon", "Delivery",
                "Evaluation",
                "Forecasting", "HTTPClient", "HTTPServer", "Identity", "Insight", "JSON", "Lifecycle", "Numerics",
                "Rehearsal", "RemoteWrite", "Risk",
                "Simulator",
                "Store", "Surprise", "TFT", "Telemetry", "Training", "WebSocket",
            ]),
        program("forewarn-collector", in: "Collector", uses: ["CollectorApp"]),

        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: house),
        tests(of: "Telemetry"),
        tests(of: "Access"),
        tests(of: "RemoteWrite", uses: ["CSnappy", "Telemetry"]),
        tests(of: "HTTPServer", uses: ["Daemon"]),
        tests(of: "WebSocket", uses: ["Daemon", "HTTPServer"]),
        tests(
            of: "CollectorApp",
            uses: [
                "API", "Access", "Alerting", "Configuration", "Daemon", "Delivery", "Evaluation", "Forecasting",
                "HTTPClient", "HTTPServer", "Identity", "Insight", "Lifecycle", "Risk", "Simulator", "Store", "TFT",
                "Telemetry", "Training",
            ]),
        tests(
            of: "API", uses: ["Access", "Compression", "Daemon", "HTTPServer", "Insight", "JSON", "Store", "Telemetry"]),
        tests(of: "Configuration"),
        tests(of: "Compression"),
        tests(of: "JSON"),
        tests(of: "HTTPClient", uses: ["Daemon"]),
        tests(of: "Daemon"),
        tests(of: "Insight", uses: ["Telemetry"]),
        tests(of: "Alerting", uses: ["Insight", "Telemetry"]),
        tests(of: "Risk", uses: ["Insight", "Telemetry"]),
        tests(
            of: "Evaluation", uses: ["Compression", "Forecasting", "Insight", "JSON", "TFT", "Telemetry", "Training"]),
        tests(of: "Lifecycle", uses: ["Insight", "TFT", "Telemetry"]),
        tests(of: "Rehearsal", uses: ["Alerting", "Insight", "Risk", "Simulator", "Telemetry"]),
        tests(of: "Surprise", uses: ["Evaluation"]),
        tests(of: "Simulator", uses: ["Insight", "Risk", "Telemetry"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Compression", "Daemon", "HTTPClient", "Identity", "Spool", "TestSupport", "forewarn-agent",
                "forewarn-collector",
            ],
            path: "Tests/EndToEndTests", swiftSettings: house),
        tests(of: "Delivery", uses: ["Daemon", "HTTPClient", "Identity", "Insight", "JSON", "Telemetry"]),
        tests(of: "Numerics"),
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        tests(of: "TFT", uses: ["CAllocations", "JSON", "Numerics"]),
        tests(of: "Forecasting", uses: ["Daemon", "Insight", "TFT", "Telemetry"]),
        .executableTarget(
            name: "bench",
            dependencies: [
                "Alerting", "Compression", "Daemon", "Forecasting", "HostMetrics", "Insight", "Numerics", "Spool",
                "Risk", "Simulator", "Store", "TFT",
                "Telemetry", "TestSupport", "Training", "forewarn-collector",
            ], path: "Tests/Bench",
            exclude: ["accuracy.py", "agents.py", "compare_pytorch.py", "retraining.py", "soak.py"],
            swiftSettings: house),
        tests(of: "Training", uses: ["Forecasting", "JSON", "TFT"]),
        tests(of: "HostMetrics", uses: ["Daemon", "Telemetry"]),
        tests(of: "Spool"),
        tests(
            of: "AgentApp",
            uses: [
                "Compression", "Configuration", "Daemon", "HTTPClient", "Spool", "Telemetry", "forewarn-agent",
                "forewarn-collector",
            ]),
        tests(of: "Identity", uses: ["Telemetry"]),
        tests(of: "SQLite"),
        tests(of: "Backup", uses: ["Store"]),
        tests(
            of: "Store", uses: ["Access", "Alerting", "bench", "Daemon", "Identity", "Insight", "SQLite", "Telemetry"]),
        .testTarget(name: "TidyTests", dependencies: ["TestSupport"], path: "Tests/TidyTests", swiftSettings: house),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c2x,
    cxxLanguageStandard: .cxx17
)

// libFuzzer's targets, built by `packaging/fuzz` alone: they link only with its flags.
if Context.environment["FOREWARN_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "API", "Access", "Alerting", "Compression", "Configuration", "Daemon", "Delivery", "Evaluation",
                "HTTPServer", "HostMetrics", "Identity", "Insight", "JSON", "RemoteWrite", "Spool", "TFT", "Telemetry",
                "WebSocket",
            ],
            path: "Tests/Fuzz", exclude: ["corpus"], swiftSettings: house))
}
