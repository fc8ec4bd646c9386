import Testing

@testable import HostMetrics

struct MountTableTests {
    @Test(arguments: [("mounts/old_kernel", ["/"]), ("mounts/desktop", ["/", "/home"])])
    func capturedFiles(name: String, points: [String]) throws {
        #expect(try MountTable.parse(captured(name)).local.map(\.point) == points)
    }

    @Test(
        arguments: [
            // Network, memory, images and programs never; overlays only as a container's root.
            ("srv:/x /mnt nfs4 rw 0 0", []), ("//srv/x /mnt cifs rw 0 0", []), ("tmpfs /tmp tmpfs rw 0 0", []),
            ("/dev/loop3 /snap/core/1 squashfs ro 0 0", []), ("/dev/sr0 /media iso9660 ro 0 0", []),
            ("u@h:/ /mnt fuse.sshfs rw 0 0", []), ("/dev/x /misc autofs rw 0 0", []),
            ("overlay /var/lib/docker/overlay2/a/merged overlay rw 0 0", []), ("overlay / overlay rw 0 0", ["/"]),
            ("tank/data /data zfs rw 0 0", ["/data"]), ("/dev/sdb1 /new unheardfs rw 0 0", ["/new"]),
            ("/dev/sda1 / ext4 rw 0 0\n/dev/sda1 /bind ext4 rw 0 0", ["/"]),
            ("/dev/sda1 / btrfs rw,subvol=/@ 0 0\n/dev/sda1 /home btrfs rw,subvol=/@home 0 0", ["/"]),
            ("/dev/sda1 /a ext4 rw 0 0\n/dev/sdb1 /a xfs rw 0 0", ["/a"]),
            ("/dev/sda1 /a ext4 rw 0 0\ntmpfs /a tmpfs rw 0 0", []),
            ("/dev/sda1 /with\\040space\\134 ext4 rw 0 0", ["/with space\\"]),
        ] as [(String, [String])])
    func what(lines: String, points: [String]) throws {
        #expect(try MountTable.parse(text(lines + "\n")).local.map(\.point) == points)
    }

    @Test(arguments: [
        ("hidepid=2", true), ("hidepid=invisible", true), ("hidepid=1", true), ("hidepid=0", false), ("gid=5", false),
    ])
    func hidepid(option: String, hides: Bool) throws {
        #expect(try MountTable.parse(text("proc /proc proc rw,\(option) 0 0\n")).hidesProcesses == hides)
    }

    @Test func malformed() { #expect(throws: ReadError.self) { try MountTable.parse(text("/dev/sda1 /\n")) } }
}
