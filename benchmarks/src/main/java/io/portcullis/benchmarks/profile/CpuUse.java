// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.profile;

/** A use of CPU time by a server. */
public enum CpuUse {
    /** The system calls that send: {@code write}, {@code sendto}, {@code sendfile} and the like. */
    WRITE("write"),
    /** The system calls that receive: {@code read}, {@code recvfrom} and the like. */
    READ("read"),
    /** The read that an asynchronous channel tries before it waits, if it does not copy anything. */
    EMPTY_READ("empty read"),
    /** Changes of the set of polled events. */
    EPOLL_CTL("epoll_ctl"),
    /** Waiting for sockets, {@code poll} included. */
    EPOLL_WAIT("epoll_wait"),
    /** All of io_uring, which does the work of the others in one call. */
    IO_URING("io_uring"),
    /** Blocking and waking threads. */
    FUTEX("futex"),
    /** Any other system call, such as {@code accept} and {@code close}. */
    OTHER_CALL("other call"),
    /** The cipher of records. */
    AES_GCM("AES-GCM"),
    /** Signatures and key exchange on elliptic curves. */
    ELLIPTIC("ECDSA/ECDHE"),
    /** Signatures with RSA. */
    RSA("RSA"),
    /** Hashes and key derivation. */
    HASH("hashes"),
    /** The rest of the TLS engine; all of it, if its library has no symbols. */
    TLS("TLS engine"),
    /** The framework and the server on it, without the engine and the JDK's channels. */
    SERVER("server"),
    /** The JDK's channels without their system calls. */
    CHANNEL("JDK channels"),
    /** Garbage collection. */
    GC("GC"),
    /** Compilation. */
    JIT("JIT"),
    /** Unknown to all rules. */
    OTHER("other");

    private final String label;

    CpuUse(String label) {
        this.label = label;
    }

    /**
     * Returns the name used in tables.
     *
     * @return one or two words
     */
    public String label() {
        return label;
    }
}
