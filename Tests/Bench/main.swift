// `bench WHAT`: prints a table of what was measured on this machine.
let words = CommandLine.arguments.dropFirst()
switch words.first {
case "forecast": forecastBench(words.dropFirst().first)
case "ingest": try ingestBench()
case "store": storeBench(days: words.dropFirst().first.flatMap { Int($0) } ?? 30)
case "store-until-killed": storeUntilKilled(directory: words.dropFirst().first ?? "store")
default:
    print(
        """
        bench forecast [MODEL_DIR]   a fleet's forecast, steps to quantiles
        bench ingest                 durable ingest through the HTTP server
        bench store [DAYS]           the store alone; restart with DAYS of steps of 1 000 hosts
        bench store-until-killed DIR prints what is acknowledged; for a test that kills it
        """)
}
