// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.benchmarks.report.Statistics.Spread;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {

    @Test
    void medianOfAnOddNumberIsTheOneInTheMiddle() {
        assertEquals(3.0, Statistics.median(List.of(9.0, 1.0, 3.0)));
    }

    @Test
    void medianOfAnEvenNumberIsTheMeanOfTheTwoInTheMiddle() {
        assertEquals(2.5, Statistics.median(List.of(4.0, 2.0, 3.0, 1.0)));
    }

    @Test
    void noValuesHaveNoMedian() {
        assertThrows(IllegalArgumentException.class, () -> Statistics.median(List.of()));
    }

    @Test
    void spreadHasMedianAndEnds() {
        assertEquals(new Spread(3, 1, 9), Statistics.spread(List.of(9.0, 1.0, 3.0)));
    }

    @Test
    void ratioIsTakenWithinEachRound() {
        // The machine became twice as slow in the third round, for both servers.
        Spread ratio = Statistics.ratio(List.of(8.0, 9.0, 16.0), List.of(10.0, 10.0, 20.0));

        assertEquals(new Spread(0.8, 0.8, 0.9), ratio);
    }

    @Test
    void ratioNeedsEqualNumbersOfRounds() {
        assertThrows(IllegalArgumentException.class, () -> Statistics.ratio(List.of(1.0), List.of(1.0, 2.0)));
    }

    @Test
    void noiseIsTheMedianDifferenceOfSuccessiveWindows() {
        double noise = Statistics.noise(List.of(List.of(10.0, 11.0, 10.0), List.of(20.0, 30.0)));

        assertEquals(0.1, noise, 1e-9);
    }

    @Test
    void oneRoundHasNoNoise() {
        assertEquals(0, Statistics.noise(List.of(List.of(10.0), List.of(20.0))));
    }

    @Test
    void roundsThatDoNotAgreeAreEqualUnderTheNoise() {
        assertTrue(Statistics.equalUnderNoise(new Spread(0.8, 0.7, 1.01), 0));
    }

    @Test
    void gapBelowThatOfIdenticalWindowsIsEqualUnderTheNoise() {
        assertTrue(Statistics.equalUnderNoise(new Spread(0.95, 0.93, 0.97), 0.1));
        assertTrue(Statistics.equalUnderNoise(new Spread(1.05, 1.03, 1.07), 0.1));
    }

    @Test
    void gapAboveNoiseInAllRoundsIsReal() {
        assertFalse(Statistics.equalUnderNoise(new Spread(0.8, 0.75, 0.85), 0.1));
        assertFalse(Statistics.equalUnderNoise(new Spread(1.3, 1.2, 1.4), 0.1));
    }
}
