extension Schemas {
    private static let version = [
        Schema.Property.required("version", .integer(about: "0: the configuration file alone")),
        .required("at", .nullable(.number(about: "Unix seconds"))), .required("by", .string()),
        .required("comment", .string()), .required("changed", .map(.any, about: "settings within their groups")),
    ]
    private static let by = Schema.string(about: "who changes them, 1–64 characters")

    static let thresholds: [(String, Schema)] = [
        ("Thresholds", .object(version + [.required("settings", .map(.any, about: "every setting in force"))])),
        ("ThresholdHistory", .object([.required("versions", .array(.object(version)))])),
        (
            "ThresholdRules",
            .object([
                .required(
                    "rules",
                    .array(
                        .object([
                            .required("setting", .string()), .required("rule", .string()),
                            .required("shipped", .number()), .required("file", .number()),
                            .required("in_force", .number()),
                        ])))
            ])
        ),
        (
            "ThresholdChange",
            .object([
                .required("settings", .map(.any)), .required("by", by), .optional("comment", .string()),
                .optional("version", .integer(about: "refused with 409 when another is in force")),
            ])
        ),
        (
            "ThresholdUndo",
            .object([.required("by", by), .optional("comment", .string()), .optional("version", .integer())])
        ),
    ]
}
