import Access

extension Schemas {
    static let access: [(String, Schema)] = [
        ("Token", .object(tokenMembers)), ("TokenList", .object([.required("tokens", .array(.reference("Token")))])),
        (
            "NewToken",
            .object(tokenMembers + [.required("token", .string(about: "what to send; it is not shown again"))])
        ),
        (
            "TokenDraft",
            .object([
                .required("kind", kind), .optional("name", .string(about: "1–64 printable characters")),
                .optional("role", role), .optional("host", .string(about: "of an agent's: the only host it is for")),
                .optional("uses", .integer(about: "of an enrolment: for how many hosts, 1–1000000; 1000 unless given")),
                .optional("expires_in", .number(about: "seconds, a minute to ten years; never unless given")),
            ])
        ),
        (
            "Enrolled",
            .object([
                .required("id", .integer()), .required("host", .string()),
                .optional("token", .string(about: "unless the host made it itself")),
            ])
        ),
        (
            "AuditList",
            .object([
                .required(
                    "entries",
                    .array(
                        .object([
                            .required("id", .integer()), .required("at", moment), .required("who", .string()),
                            .required("address", .string()), .required("action", .string()),
                            .required("target", .string()), .required("detail", .string()),
                            .required("status", .integer()),
                        ]))), .required("next_before", .nullable(.integer())),
            ])
        ),
    ]

    private static let moment = Schema.number(about: "Unix seconds")
    private static let kind = Schema.string(choices: CredentialKind.allCases.map(\.rawValue))
    static let role = Schema.string(choices: Role.allCases.map(\.name))

    private static let tokenMembers: [Schema.Property] = [
        .required("id", .integer()), .required("kind", kind), .required("name", .string()),
        .required("role", .nullable(role)), .required("host", .nullable(.string())),
        .required("state", .string(choices: ["valid", "expired", "revoked", "used up"])),
        .required("created_at", moment), .required("expires_at", .nullable(moment)),
        .required("uses_left", .nullable(.integer())), .required("revoked_at", .nullable(moment)),
    ]
}
