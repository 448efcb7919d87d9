// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ForeignTextTest {
    @Test
    void leavesPrintableTextUnchanged() {
        String plain = "No name matching f\u00fcnf.example found, \"quoted\" C:\\path";
        assertSame(plain, ForeignText.of(plain));
        assertSame(plain, ForeignText.name(plain));
        assertSame(plain, ForeignText.line(plain));
    }

    @Test
    void escapesWhatCannot() {
        assertEquals("a\\nb\\r\\tc\\u001b[2Kd\\u007f", ForeignText.of("a\nb\r\tc\u001b[2Kd\u007f"));
        assertEquals("\\u202e\\u2028\\ud83d\\ude00\\u05d0", ForeignText.of("\u202e\u2028\ud83d\ude00\u05d0"));
        assertEquals("null", ForeignText.of((String) null));
    }

    @Test
    void cutsLongText() {
        String cut = ForeignText.of("x".repeat(5_000));
        assertEquals("x".repeat(ForeignText.LONGEST) + "... (5,000 characters)", cut);
        assertTrue(ForeignText.of("\u0000".repeat(5_000)).length() < ForeignText.LONGEST + 32, "escapes count, too");
        assertTrue(ForeignText.name("x".repeat(65)).startsWith("x".repeat(64) + "..."));
    }

    @Test
    void isAlwaysOneBoundedPrintableLine() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(400); length > 0; length--) {
                text.append((char) random.nextInt(random.nextBoolean() ? 128 : 1 << 16));
            }
            String once = ForeignText.of(text.toString());
            assertTrue(ForeignText.printable(once), () -> "seed " + seed);
            assertTrue(once.length() < ForeignText.LONGEST + 40, () -> "seed " + seed);
            assertEquals(once, ForeignText.line(once), () -> "seed " + seed);
        }
    }

    @Test
    void leavesPrintableFailuresUnchanged() {
        Exception plain = new IOException("reset", new IllegalStateException("why"));
        plain.addSuppressed(new IOException("as well"));
        assertSame(plain, ForeignFailure.of(plain));
    }

    @Test
    void replacesFailuresThatCannotBePrinted() {
        Throwable harm = new IllegalArgumentException("name=a\nINFO forged line");
        Exception suppressing = new Exception("plain");
        suppressing.addSuppressed(new Exception("plain", harm));
        for (Throwable failure :
                new Throwable[] {harm, new Exception("plain", new Exception("plain", harm)), suppressing}) {
            Throwable safe = ForeignFailure.of(failure);
            assertNotSame(failure, safe);
            assertEquals(failure.getStackTrace()[0], safe.getStackTrace()[0]);
            String printed = printed(safe);
            assertTrue(printed.contains("IllegalArgumentException: name=a\\nINFO forged line"), printed);
            assertTrue(printed.lines().noneMatch(line -> line.startsWith("INFO")), printed);
            assertSame(safe, ForeignFailure.of(safe));
        }
    }

    @Test
    void standsForFailuresWhoseAccessorsThrow() {
        RuntimeException mute = new IllegalStateException("mute") {
            private static final long serialVersionUID = 1;

            @Override
            public synchronized Throwable getCause() {
                throw new UnsupportedOperationException("no cause");
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                throw new UnsupportedOperationException("no stack");
            }
        };
        for (Throwable failure : List.of(mute, new IllegalStateException("outer", mute))) {
            assertTrue(printed(ForeignFailure.of(failure)).contains("mute"));
        }
    }

    @Test
    void endsWhereCausesAreInACircleAndWhereOneCannotSpeak() {
        Exception one = new Exception("one\n");
        Exception other = new Exception("other", one);
        one.initCause(other);
        assertTrue(printed(ForeignFailure.of(one)).contains("one\\n"));
        Exception speechless = new Exception("") {
            private static final long serialVersionUID = 1;

            @Override
            public String getMessage() {
                throw new IllegalStateException("no word");
            }
        };
        assertTrue(ForeignText.of(speechless).contains("ForeignTextTest"));
        Exception broken = new Exception("") {
            private static final long serialVersionUID = 1;

            @Override
            public String getMessage() {
                throw new StackOverflowError("thrown by the test");
            }
        };
        assertTrue(ForeignText.of(broken).contains("ForeignTextTest"));
    }

    private static String printed(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
