/// `swift run -c release bench WHAT`: prints a table of what was measured on this machine.
@main
struct Bench {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("forecast", 1...2): forecastBench(arguments.dropFirst().first)
        case ("ingest", 1): try ingestBench()
        case ("spool", 1...2): try spoolBench(arguments.dropFirst().first)
        case ("store", 1): storeBench()
        case ("store", 2): storeBench(days: Int(arguments[1]) ?? 30)
        case ("store-until-killed", 2): storeUntilKilled(directory: arguments[1])
        default:
            print(
                """
                bench forecast [MODEL_DIR]     a fleet's forecast, steps to quantiles
                bench ingest                   durable ingest through the HTTP server
                bench spool [DIR]              the agent's spool, on the disk of a folder
                bench store [DAYS OF STEPS]    the store alone, and its restart
                bench store-until-killed DIR   stores until it is killed; a test's helper
                """)
        }
    }
}
