// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.tls.HandshakeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page about ends has a row for each constant, in the order of the enums, and no other rows. */
class EndsPageTest {
    private static final Path PAGE = Path.of("../docs/guide/ends.md");

    /** A constant, what happened, and what to do. */
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z_0-9]+)` \\| [^|]+ \\| [^|]+ \\|$");

    @Test
    void hasARowForEachReason() throws IOException {
        assertEquals(names(CloseReason.values()), rows("## Reasons"));
    }

    @Test
    void hasARowForEachFailure() throws IOException {
        assertEquals(names(HandshakeFailure.values()), rows("## Failures of a handshake"));
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    private static List<String> rows(String heading) throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(heading) + heading.length();
        int end = page.indexOf("\n## ", begin);
        return ROW.matcher(page.substring(begin, end))
                .results()
                .map((MatchResult row) -> row.group(1))
                .toList();
    }
}
