// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much code a server of a known protocol needs, as the guide says. */
final class ProgramLengthTest {
    private static final Path FOLDER = Path.of("src/main/java/io/portcullis/samples/programs");
    private static final Pattern NO_CODE = Pattern.compile("\\s*((package|import) .*|(//|/\\*|\\*).*)?");

    @ParameterizedTest
    @CsvSource({"RedisServer, 56", "PostgresServer, 48"})
    void aServerOfAKnownProtocolIsShort(String program, int most) throws IOException {
        try (Stream<String> lines = Files.lines(FOLDER.resolve(program + ".java"))) {
            long code = lines.filter(line -> !NO_CODE.matcher(line).matches()).count();
            assertTrue(code <= most, program + " has " + code + " lines of code, more than " + most);
        }
    }
}
