/// What `--help` prints.
enum Help {
    static let program = """
        forewarn-agent reads this host's 14 metrics every five seconds and sends them to a collector.

        Usage: forewarn-agent COMMAND [OPTIONS]

          run           sample, spool and push until stopped
          once          print one sample and leave
          check-config  print the configuration in force, with the origin of every value
          doctor        look at everything the agent needs, and say what to do
          --version     print the version
          --help        print this; COMMAND --help says more

        Exit codes: 0 done, 1 failure, 2 a mistake in the command line or the configuration;
        doctor has more, see its --help.

        """

    static let doctor = """
        Usage: forewarn-agent doctor [--config FILE] [--collector URL] [--state DIR] [--proc-root DIR]
                                     [--json]

        Looks at the collector's name, TCP, TLS, token and clock, the spool's folder, and what of this host can be seen:
        processes (hidepid), container limits (cgroup v2, LXCFS), netlink, the 14 metrics. Sends no samples. Run it as
        the user that the agent runs as. Prints a line each: ok, warning or failed, what was found, and what to do.

        Exit codes: 0 all well, 1 something failed, 2 a mistake in the command line or the configuration,
        3 only warnings.

        """

    static let run = """
        Usage: forewarn-agent run [--config FILE] [--collector URL] [--state DIR] [--proc-root DIR]

          --config FILE     the configuration (default /etc/forewarn/agent.yaml, if it exists)
          --collector URL   where to send, instead of the configuration's
          --state DIR       where the spool lives, instead of the configuration's
          --proc-root DIR   a folder that stands for /proc

        Stops on SIGTERM or SIGINT after one last push, within five seconds. On SIGHUP it reads its whole configuration
        and the files that this names again; with a mistake in them, the old one stays in force and the log says why.
        Under systemd (Type=notify) it says when it is ready, feeds the watchdog while samples flow, and keeps a status.

        """

    static let once = """
        Usage: forewarn-agent once [--format table|json|prometheus] [--proc-root DIR] [--config FILE] [--state DIR]
               forewarn-agent once [--format …] --replay DIR0 DIR1 --seconds N

          --format F          table for people (default), json: one record, prometheus: text exposition
          --proc-root DIR     a folder that stands for /proc
          --config FILE       of which prometheus tells what waits in its spool (default /etc/forewarn/agent.yaml)
          --state DIR         where that spool lives, instead of the configuration's
          --replay DIR0 DIR1  make the record of two captured trees, each a folder that stands for /proc,
          --seconds N         as if N seconds had passed between them

        Takes a second, for rates are made of two readings. Exits with 1 when nothing at all could be read.

        """

    static let checkConfig = """
        Usage: forewarn-agent check-config [--config FILE] [--collector URL] [--state DIR]

        Checks the configuration and prints what is in force, each value with its origin. Exits with 2 on a mistake.

        """
}
