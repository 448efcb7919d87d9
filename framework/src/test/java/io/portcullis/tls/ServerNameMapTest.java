// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.Gate;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A name is found in whatever form it was configured, and in whatever form it is requested. */
class ServerNameMapTest {
    private static final ServerNameMap<String> NAMES = ServerNameMap.of(Map.of(
            "Example.ORG", "example",
            "final.example.", "final",
            "bücher.example", "books",
            "xn--strae-oqa.example", "street",
            "*.wild.example", "wild",
            "*.Bücher.example.", "wild books",
            "one.wild.example", "one",
            "under_score.example", "underscore"));

    @ParameterizedTest
    @CsvSource({
        "example.org, example",
        "EXAMPLE.org., example",
        "final.example, final",
        "FINAL.example., final",
        "xn--bcher-kva.example, books",
        "XN--BCHER-KVA.example., books",
        "bücher.example, books",
        "xn--strae-oqa.example., street",
        "two.wild.example, wild",
        "TWO.wild.example., wild",
        "x.xn--bcher-kva.example, wild books",
        "one.wild.example, one",
        "under_score.example, underscore",
        "a.two.wild.example,",
        "wild.example,",
        "*.wild.example, wild",
        "org,",
        ".,",
        "a..b,",
        "'',"
    })
    void findsANameInWhateverForm(String name, String expected) {
        assertEquals(Optional.ofNullable(expected), NAMES.find(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "*", "*.", "*.*.example", "a.*.example", "*a.example", "..", "a..b", ".example"})
    void refusesNamesThatNoClientCanRequest(String name) {
        assertThrows(IllegalArgumentException.class, () -> ServerNameMap.of(Map.of(name, 1)));
        TlsProfile profile = TestCertificates.serverProfile();
        assertThrows(IllegalArgumentException.class, () -> Gate.bySni(Map.of(name, profile), null));
    }

    @Test
    void refusesOneNameInTwoFormsForTwoThings() {
        assertThrows(
                IllegalArgumentException.class,
                () -> ServerNameMap.of(Map.of("bücher.example", 1, "xn--bcher-kva.example.", 2)));
        assertEquals(
                Optional.of(1),
                ServerNameMap.of(Map.of("a.example", 1, "A.example", 1)).find("a.example"));
    }
}
