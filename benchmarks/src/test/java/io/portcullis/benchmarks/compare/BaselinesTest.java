// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.benchmarks.report.Results.Pair;
import java.util.List;
import org.junit.jupiter.api.Test;

class BaselinesTest {

    @Test
    void eachServerIsComparedWithThoseOfItsClass() {
        assertEquals(
                List.of(
                        new Pair("portcullis-plain", "netty-nio-plain"),
                        new Pair("portcullis-jdk", "netty-nio-jdk"),
                        new Pair("portcullis-boringssl", "netty-epoll-tcnative"),
                        new Pair("portcullis-boringssl", "nginx-tls"),
                        new Pair("nginx-tls", "netty-epoll-tcnative")),
                Baselines.byClass(List.of(
                        "portcullis-plain",
                        "portcullis-jdk",
                        "portcullis-boringssl",
                        "netty-nio-plain",
                        "netty-nio-jdk",
                        "netty-epoll-tcnative",
                        "nginx-tls")));
    }

    @Test
    void aServerWithOptionsIsComparedWithItselfWithoutThemAndWithItsClass() {
        assertEquals(
                List.of(
                        new Pair("portcullis-jdk", "netty-nio-jdk"),
                        new Pair("portcullis-jdk[-Xmn64m]", "portcullis-jdk"),
                        new Pair("portcullis-jdk[-Xmn64m]", "netty-nio-jdk"),
                        new Pair("portcullis-jdk[-Xint]", "portcullis-jdk"),
                        new Pair("portcullis-jdk[-Xint]", "netty-nio-jdk[-Xint]"),
                        new Pair("netty-nio-jdk[-Xint]", "netty-nio-jdk")),
                Baselines.byClass(List.of(
                        "portcullis-jdk",
                        "portcullis-jdk[-Xmn64m]",
                        "portcullis-jdk[-Xint]",
                        "netty-nio-jdk",
                        "netty-nio-jdk[-Xint]")));
    }

    @Test
    void aServerWithoutItsBaselineIsNotCompared() {
        assertEquals(List.of(), Baselines.byClass(List.of("portcullis-jdk", "netty-nio-plain")));
    }

    @Test
    void allCanBeComparedWithOne() {
        assertEquals(List.of(new Pair("a", "b"), new Pair("c", "b")), Baselines.against(List.of("a", "b", "c"), "b"));
    }
}
