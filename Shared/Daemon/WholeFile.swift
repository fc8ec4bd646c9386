import Glibc

/// Why a file could not be written.
package struct FileWriteError: Error {
    package let reason: String
}

/// Writes a file whole or not at all: beside its name, to the disk, then renamed.
package func writeFile(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(FileWriteError) {
    let beside = "\(path).new"
    func fault(_ what: String) -> FileWriteError {
        FileWriteError(reason: "\(what): \(String(cString: strerror(errno)))")
    }
    let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard file >= 0 else { throw fault("cannot be opened for writing") }
    var sent = 0
    while sent < bytes.count {
        let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + sent }, bytes.count - sent) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            let fault = fault("cannot be written")
            close(file)
            unlink(beside)
            throw fault
        }
        sent += count
    }
    guard fsync(file) == 0, close(file) == 0, rename(beside, path) == 0 else { throw fault("cannot be kept") }
}
