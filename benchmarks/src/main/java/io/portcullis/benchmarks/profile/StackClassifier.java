// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.profile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Classifies stacks. Frames are written as by async-profiler: {@code java/lang/Thread.run},
 * {@code CompileBroker::compiler_thread_loop}, {@code __GI_read}, {@code ksys_read_[k]}.
 *
 * <p>Threads of the collector and the compiler are classified as such. Otherwise the system call decides, if there is
 * one; page faults and interrupts do not count as calls. Otherwise the innermost known frame decides: general code of
 * the JDK's library and of the JVM is attributed to its caller.
 */
final class StackClassifier {
    private static final String KERNEL = "_[k]";

    /** The kernel's function for a system call, ending with the name of the call in the table of calls. */
    private static final Pattern KERNEL_CALL =
            Pattern.compile("(?:__(?:x64|ia32|arm64|se|do)_sys_|ksys_|__sys_)(\\w+?)_\\[k]");

    private static final Pattern CALL_ENTRY = Pattern.compile("(?:do_syscall_64|entry_SYSCALL_\\w+|el0_svc\\w*)_\\[k]");

    /** The C library's function for a call: the same function has several names. */
    private static final Pattern LIBRARY_CALL = Pattern.compile("_*(?:GI_)?_*(?:libc_)?(\\w+)");

    private static final Map<String, CpuUse> CALLS = new HashMap<>();

    private static final Pattern GC_THREAD =
            Pattern.compile("(?:GangWorker|WorkerThread|ConcurrentGCThread|GCTaskThread)::.*");
    private static final Pattern GC_OPERATION = Pattern.compile("VM_(?:\\w*(?:GC|Collect)|G1|Z|X|Shenandoah).*");

    private static final Pattern NATIVE_TLS = Pattern.compile("(?i).*(?:tcnative|conscrypt|corretto).*\\.so.*");
    private static final Pattern NATIVE_CHANNEL = Pattern.compile(".*lib(?:nio|net)\\.so.*|Java_sun_nio_ch_.*");

    private record Rule(Pattern pattern, Optional<CpuUse> use) {}

    /** Functions of native libraries that have symbols, and the JVM's own code for intrinsics. */
    private static final List<Rule> FUNCTIONS = List.of(
            rule("(?i).*(?:aes_|aesni|aescrypt|aes_hw|gcm_|ghash).*", CpuUse.AES_GCM),
            rule("(?i).*(?:p256|x25519|25519_|ecdsa|intpoly|ec_gf).*", CpuUse.ELLIPTIC),
            rule("(?i)(?:.*_)?(?:rsa|rsaz|bn_mul_mont|bn_sqr|bn_power5).*", CpuUse.RSA),
            rule("(?i)(?:.*_)?sha(?:1|256|384|512|2|3).*", CpuUse.HASH));

    /** Classes by prefix; the first rule that matches decides. */
    private static final List<Rule> CLASSES = List.of(
            rule(
                    "com/sun/crypto/provider/(?:Galois|GCTR|GHASH|AES|CounterMode).*|com/amazon/corretto/.*AesGcm.*",
                    CpuUse.AES_GCM),
            rule("sun/security/(?:ec|util/math)/.*", CpuUse.ELLIPTIC),
            rule("sun/security/rsa/.*", CpuUse.RSA),
            rule(
                    "sun/security/provider/(?:SHA|Digest).*|com/sun/crypto/provider/(?:Hmac|HKDF|TlsPrf).*|sun/security/ssl/HKDF.*",
                    CpuUse.HASH),
            rule(
                    "sun/security/.*|com/sun/crypto/.*|javax/net/ssl/.*|org/conscrypt/.*|com/amazon/corretto/.*"
                            + "|io/netty/internal/tcnative/.*|io/netty/handler/ssl/(?:ReferenceCountedOpenSsl|OpenSsl).*",
                    CpuUse.TLS),
            rule("sun/nio/ch/.*|java/nio/channels/.*", CpuUse.CHANNEL),
            new Rule(Pattern.compile("(?:java|javax|jdk|sun|com/sun)/.*"), Optional.empty()),
            rule(".*", CpuUse.SERVER));

    static {
        calls(CpuUse.WRITE, "write", "writev", "pwrite64", "send", "sendto", "sendmsg", "sendfile", "sendfile64");
        calls(CpuUse.READ, "read", "readv", "recv", "recvfrom", "recvmsg");
        calls(CpuUse.EPOLL_CTL, "epoll_ctl");
        calls(CpuUse.EPOLL_WAIT, "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll");
        calls(CpuUse.IO_URING, "io_uring_enter");
        calls(CpuUse.FUTEX, "futex", "futex_wait", "futex_wake", "futex_abstimed_wait_common", "lll_lock_wait");
        calls(CpuUse.FUTEX, "lll_lock_wake", "pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_signal");
        calls(
                CpuUse.OTHER_CALL,
                "accept",
                "accept4",
                "close",
                "shutdown",
                "setsockopt",
                "getsockname",
                "fcntl",
                "ioctl");
    }

    private StackClassifier() {}

    /**
     * Classifies a stack.
     *
     * @param stack its frames from the outermost to the innermost, separated by semicolons
     * @return {@link CpuUse#OTHER} if no frame is known
     */
    static CpuUse use(String stack) {
        List<String> frames = List.of(stack.split(";"));
        return thread(frames).or(() -> call(frames)).or(() -> code(frames)).orElse(CpuUse.OTHER);
    }

    private static Optional<CpuUse> thread(List<String> frames) {
        for (String frame : frames) {
            if (frame.startsWith("CompileBroker::")) {
                return Optional.of(CpuUse.JIT);
            }
            if (GC_THREAD.matcher(frame).matches()
                    || GC_OPERATION.matcher(frame).matches()) {
                return Optional.of(CpuUse.GC);
            }
        }
        return Optional.empty();
    }

    private static Optional<CpuUse> call(List<String> frames) {
        Optional<CpuUse> call = frames.stream()
                .map(StackClassifier::callOf)
                .flatMap(Optional::stream)
                .findFirst();
        if (call.isEmpty()
                && frames.stream().anyMatch(frame -> CALL_ENTRY.matcher(frame).matches())) {
            return Optional.of(CpuUse.OTHER_CALL);
        }
        return call.map(use -> use == CpuUse.READ && foundNothing(frames) ? CpuUse.EMPTY_READ : use);
    }

    private static Optional<CpuUse> callOf(String frame) {
        Matcher kernel = KERNEL_CALL.matcher(frame);
        if (kernel.matches()) {
            return Optional.of(CALLS.getOrDefault(kernel.group(1), CpuUse.OTHER_CALL));
        }
        Matcher library = LIBRARY_CALL.matcher(frame);
        return library.matches() ? Optional.ofNullable(CALLS.get(library.group(1))) : Optional.empty();
    }

    /** A stack does not show the result of a call; but this call is a try, and nothing was copied from the socket. */
    private static boolean foundNothing(List<String> frames) {
        return frames.stream().anyMatch(frame -> frame.endsWith("AsynchronousSocketChannelImpl.implRead"))
                && frames.stream()
                        .noneMatch(frame -> frame.startsWith("skb_copy_datagram")
                                || frame.startsWith("tcp_rcv_space_adjust")
                                || frame.startsWith("skb_attempt_defer_free"));
    }

    private static Optional<CpuUse> code(List<String> frames) {
        for (int i = frames.size() - 1; i >= 0; i--) {
            Optional<CpuUse> use = codeOf(frames.get(i));
            if (use.isPresent()) {
                return use;
            }
        }
        return Optional.empty();
    }

    private static Optional<CpuUse> codeOf(String frame) {
        if (frame.endsWith(KERNEL) || frame.contains("::") || frame.startsWith("[")) {
            return Optional.empty();
        }
        if (NATIVE_TLS.matcher(frame).matches()) {
            return Optional.of(CpuUse.TLS);
        }
        if (NATIVE_CHANNEL.matcher(frame).matches()) {
            return Optional.of(CpuUse.CHANNEL);
        }
        if (frame.startsWith("/") || frame.contains(".so")) {
            return Optional.empty();
        }
        return first(frame.contains("/") ? CLASSES : FUNCTIONS, frame);
    }

    private static Optional<CpuUse> first(List<Rule> rules, String frame) {
        return rules.stream()
                .filter(rule -> rule.pattern.matcher(frame).matches())
                .findFirst()
                .flatMap(Rule::use);
    }

    private static Rule rule(String pattern, CpuUse use) {
        return new Rule(Pattern.compile(pattern), Optional.of(use));
    }

    private static void calls(CpuUse use, String... names) {
        for (String name : names) {
            CALLS.put(name, use);
        }
    }
}
