/// `swift run -c release bench store`: prints a table of what a room can do on this machine.
@main
struct Bench {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("store", 1): storeBench()
        case ("store", 2): storeBench(days: Int(arguments[1]) ?? 30)
        case ("store-until-killed", 2): storeUntilKilled(directory: arguments[1])
        default: print("usage: bench store [DAYS OF STEPS] | store-until-killed DIRECTORY")
        }
    }
}
