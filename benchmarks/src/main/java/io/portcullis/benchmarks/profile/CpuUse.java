// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.profile;

/** What a server spends processor time on. */
public enum CpuUse {
    /** The system calls that send: {@code write}, {@code sendto}, {@code sendfile} and the like. */
    WRITE("write"),
    /** The system calls that receive: {@code read}, {@code recvfrom} and the like. */
    READ("read"),
    /** The read that an asynchronous channel tries before it waits, and in which nothing was copied. */
    EMPTY_READ("empty read"),
    /** Changes of what is waited for. */
    EPOLL_CTL("epoll_ctl"),
    /** Waiting for sockets, {@code poll} included. */
    EPOLL_WAIT("epoll_wait"),
    /** All of io_uring, which does the work of the others in one call. */
    IO_URING("io_uring"),
    /** Putting threads to sleep, and waking them. */
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
    /** What is left of the TLS engine; everything in it, where its library has no symbols. */
    TLS("TLS engine"),
    /** The framework and the server on it, without the engine and the JDK's channels. */
    SERVER("server"),
    /** The JDK's channels without their system calls. */
    CHANNEL("JDK channels"),
    /** Garbage collection. */
    GC("GC"),
    /** Compilation. */
    JIT("JIT"),
    /** What no rule knows. */
    OTHER("other");

    private final String label;

    CpuUse(String label) {
        this.label = label;
    }

    /**
     * The name in tables.
     *
     * @return a word or two
     */
    public String label() {
        return label;
    }
}
