// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The programs stay short. The numbers may be lowered; if one has to be raised, the framework may lack something. */
final class ProxyProgramsTest {
    private static final Pattern NOT_COUNTED = Pattern.compile("\\s*(//.*|/\\*.*|\\*.*|(package|import) .*)?");

    @ParameterizedTest
    @CsvSource({"MqttBroker, 101", "ReverseProxy, 110", "TlsRelay, 76"})
    void aProgramHasAtMostSoManyLinesOfCode(String program, int most) throws IOException {
        Path file = Path.of("src/main/java/io/portcullis/samples/programs", program + ".java");
        List<String> code = Files.readAllLines(file).stream()
                .filter(line -> !NOT_COUNTED.matcher(line).matches())
                .toList();
        assertTrue(code.size() <= most, () -> program + " has " + code.size() + " lines:\n" + String.join("\n", code));
    }
}
