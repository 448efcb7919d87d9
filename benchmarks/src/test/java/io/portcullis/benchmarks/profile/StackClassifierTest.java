// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handwritten stacks, each with its classification. */
class StackClassifierTest {
    private static final String DISPATCHER =
            "java/lang/Thread.run;sun/nio/ch/EPollPort$EventHandlerTask.run;io/portcullis/dispatch/Strand.run;";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "WRITE | sun/nio/ch/SocketDispatcher.write0;__GI_write;entry_SYSCALL_64_after_hwframe_[k];do_syscall_64_[k];ksys_write_[k];tcp_sendmsg_[k];handle_softirqs_[k];tcp_v4_rcv_[k]",
                "WRITE | io/netty/channel/unix/Socket.sendAddress;__GI___send;do_syscall_64_[k];__x64_sys_sendto_[k];__sys_sendto_[k]",
                "WRITE | sun/nio/ch/FileDispatcherImpl.transferTo0;el0_svc_[k];__arm64_sys_sendfile_[k]",
                "READ | sun/nio/ch/UnixAsynchronousSocketChannelImpl.finishRead;sun/nio/ch/SocketDispatcher.read0;__GI_read;do_syscall_64_[k];ksys_read_[k];vfs_read_[k]",
                "READ | io/netty/channel/unix/Socket.recvAddress;recv;do_syscall_64_[k];__x64_sys_recvfrom_[k]",
                "EPOLL_CTL | sun/nio/ch/UnixAsynchronousSocketChannelImpl.implRead;sun/nio/ch/EPoll.ctl;__GI_epoll_ctl;do_syscall_64_[k]",
                "EPOLL_WAIT | sun/nio/ch/EPoll.wait;epoll_wait;do_syscall_64_[k];__x64_sys_epoll_wait_[k]",
                "EPOLL_WAIT | io/netty/channel/epoll/Native.epollWait0;epoll_pwait2;do_syscall_64_[k];__x64_sys_epoll_pwait2_[k]",
                "IO_URING | io/netty/channel/uring/Native.ioUringEnter;syscall;do_syscall_64_[k];__x64_sys_io_uring_enter_[k];tcp_sendmsg_[k]",
                "FUTEX | java/util/concurrent/locks/LockSupport.park;__futex_abstimed_wait_common;do_syscall_64_[k];__x64_sys_futex_[k]",
                "OTHER_CALL | sun/nio/ch/Net.accept;accept;do_syscall_64_[k];__x64_sys_accept_[k]",
                "OTHER_CALL | sun/nio/ch/Net.localInetAddress;do_syscall_64_[k]",
            })
    void aSystemCallDecides(CpuUse use, String stack) {
        assertEquals(use, StackClassifier.use(DISPATCHER + stack));
    }

    @ParameterizedTest
    @CsvSource({"WRITE, __GI_write", "READ, __libc_read", "EPOLL_WAIT, epoll_pwait", "FUTEX, __lll_lock_wait"})
    void aSystemCallIsRecognizedByItsFunctionIfTheKernelIsNotVisible(CpuUse use, String function) {
        assertEquals(use, StackClassifier.use(DISPATCHER + "sun/nio/ch/SocketDispatcher.read0;" + function));
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY_READ, implRead, tcp_recvmsg_locked_[k]",
        "READ, implRead, tcp_recvmsg_locked_[k];skb_copy_datagram_iter_[k]",
        "READ, implRead, tcp_recvmsg_locked_[k];tcp_rcv_space_adjust_[k]",
        "READ, finishRead, tcp_recvmsg_locked_[k]"
    })
    void aTriedReadThatCopiedNothingIsEmpty(CpuUse use, String method, String kernel) {
        String stack = DISPATCHER + "sun/nio/ch/UnixAsynchronousSocketChannelImpl." + method
                + ";sun/nio/ch/SocketDispatcher.read0;__GI_read;do_syscall_64_[k];ksys_read_[k];tcp_recvmsg_[k];"
                + kernel;
        assertEquals(use, StackClassifier.use(stack));
    }

    @ParameterizedTest
    @CsvSource({
        "AES_GCM, sun/security/ssl/SSLEngineImpl.unwrap;javax/crypto/Cipher.doFinal;com/sun/crypto/provider/GaloisCounterMode.engineDoFinal",
        "AES_GCM, com/sun/crypto/provider/GaloisCounterMode$GCMEngine.doUpdate;galoisCounterMode_AESCrypt",
        "AES_GCM, com/amazon/corretto/crypto/provider/AesGcmSpi.engineDoFinal;/tmp/libamazonCorrettoCryptoProvider.so;aesni_gcm_encrypt",
        "ELLIPTIC, sun/security/ssl/CertificateVerify.produce;java/security/Signature.sign;sun/security/ec/ECDSASignature.engineSign;sun/security/util/math/intpoly/MontgomeryIntegerPolynomialP256.mult",
        "ELLIPTIC, sun/security/ec/ECOperations.multiply;intpoly_montgomeryMult_P256",
        "ELLIPTIC, sun/security/ec/ECDSAOperations.signDigest;java/math/BigInteger.mod",
        "RSA, sun/security/rsa/RSACore.crtCrypt;java/math/BigInteger.oddModPow;multiplyToLen",
        "HASH, sun/security/ssl/HKDF.expand;javax/crypto/Mac.update;com/sun/crypto/provider/HmacCore.engineUpdate;sha256_implCompress",
        "TLS, sun/security/ssl/SSLEngineImpl.wrap;java/nio/ByteBuffer.put;jdk/internal/misc/Unsafe.copyMemory",
        "TLS, io/netty/internal/tcnative/SSL.readFromSSL;/tmp/libnetty_tcnative_linux_x86_6414.so (deleted);__GI___libc_malloc",
        "TLS, io/netty/handler/ssl/ReferenceCountedOpenSslEngine.wrap;jni_IsInstanceOf",
    })
    void theEngineAndItsCryptographyAreDistinguished(CpuUse use, String stack) {
        assertEquals(use, StackClassifier.use(DISPATCHER + stack));
    }

    @ParameterizedTest
    @CsvSource({
        "SERVER, io/portcullis/dispatch/SocketConnection.turn",
        "SERVER, io/portcullis/dispatch/SocketConnection.turn;java/util/ArrayDeque.poll;itable stub",
        "SERVER, io/netty/handler/ssl/SslHandler.wrap;io/netty/buffer/AbstractByteBufAllocator.directBuffer",
        "SERVER, io/portcullis/dispatch/SocketConnection.turn;asm_exc_page_fault_[k];handle_mm_fault_[k]",
        "CHANNEL, sun/nio/ch/UnixAsynchronousSocketChannelImpl.finishRead",
        "CHANNEL, sun/nio/ch/EPoll.ctl;Java_sun_nio_ch_EPoll_ctl",
    })
    void theInnermostKnownFrameDecides(CpuUse use, String stack) {
        assertEquals(use, StackClassifier.use(DISPATCHER + stack));
    }

    @ParameterizedTest
    @CsvSource({
        "JIT, start_thread;JavaThread::thread_main_inner;CompileBroker::compiler_thread_loop;C2Compiler::compile_method;__GI_write;ksys_write_[k]",
        "GC, start_thread;WorkerThread::run;ScavengeRootsTask::work;asm_exc_page_fault_[k]",
        "GC, start_thread;GangWorker::run;G1ParTask::work",
        "GC, start_thread;VMThread::run;VM_GenCollectForAllocation::doit",
        "GC, start_thread;VMThread::run;VM_ParallelGCFailedAllocation::doit",
        "OTHER, start_thread;VMThread::run;SafepointSynchronize::begin",
        "OTHER, [unknown_Java]",
        "OTHER, java/lang/Thread.run"
    })
    void threadsOfTheJvmHaveTheirOwnUses(CpuUse use, String stack) {
        assertEquals(use, StackClassifier.use(stack));
    }
}
