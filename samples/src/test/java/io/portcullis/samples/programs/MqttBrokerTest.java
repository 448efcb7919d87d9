// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of MQTT 3.1.1, 4.7.1, and filters that look like regular expressions. */
final class MqttBrokerTest {
    @ParameterizedTest
    @CsvSource({
        "sport/tennis/player1/#, sport/tennis/player1, true",
        "sport/tennis/player1/#, sport/tennis/player1/ranking, true",
        "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
        "sport/tennis/player1/#, sport/tennis/player10, false",
        "sport/#, sport, true",
        "sport/#, sports, false",
        "#, a/b/c, true",
        "sport/tennis/+, sport/tennis/player1, true",
        "sport/tennis/+, sport/tennis/player1/ranking, false",
        "sport/+, sport, false",
        "sport/+, sport/, true",
        "+/+, /finance, true",
        "/+, /finance, true",
        "+, /finance, false",
        "+/tennis/#, sport/tennis/a/b, true",
        "a.c, abc, false",
        "'a\\E.*\\Q', abc, false",
        "'a\\E.*\\Q', 'a\\E.*\\Q', true",
    })
    void aFilterMatchesByLevels(String filter, String topic, boolean matches) {
        assertEquals(matches, MqttBroker.matching(filter).test(topic));
    }

    @Test
    void aFilterOfManyLevelsIsMatchedInLinearTime() {
        String filter = "+/".repeat(511) + "x";
        assertFalse(MqttBroker.matching(filter).test("a/".repeat(511) + "y"));
    }
}
