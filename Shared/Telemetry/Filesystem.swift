/// What a mount's type, source and place tell of it.
package enum Filesystem {
    private static let diskTypes: Set<String> = [
        "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfsplus", "jfs", "msdos", "nilfs2",
        "ntfs", "ntfs3", "reiserfs", "ubifs", "ufs", "vfat", "xfs", "zfs",
    ]
    private static let neverTypes: Set<String> = [
        "cramfs", "devtmpfs", "erofs", "gfs2", "iso9660", "lustre", "ocfs2", "romfs", "rootfs", "squashfs", "tmpfs",
        "udf",
    ]

    /// Whether a filesystem can fill up and is this host's own: network, pseudo and in-memory ones never are, nor
    /// images (squashfs, iso9660), which are always full.
    package static func isLocal(type: String, source: String, point: String) -> Bool {
        // A container's root is an overlay; elsewhere an overlay repeats the filesystem it lies on.
        if type == "overlay" { return point == "/" }
        if diskTypes.contains(type) { return true }
        // A type we have never heard of, on a real device. fuse.* may be a network behind a program.
        return source.hasPrefix("/dev/") && !neverTypes.contains(type) && !type.hasPrefix("fuse.")
            && type != "autofs" && !type.hasPrefix("nfs")
    }
}
