// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.states;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;

/** A table of transitions as it is drawn, to be compared with the actual ones. */
public final class DrawnTable {
    private DrawnTable() {}

    /**
     * Checks every cell.
     *
     * @param states all of them
     * @param drawn a line for each state: {@code FROM: TO TO}
     */
    public static <S extends Enum<S>> void assertDrawn(Transitions<S> table, List<S> states, List<String> drawn) {
        List<String> rows = new ArrayList<>();
        for (S from : states) {
            StringBuilder row = new StringBuilder(from + ":");
            for (S to : states) {
                if (table.allows(from, to)) {
                    row.append(' ').append(to);
                    assertSame(to, table.follow(from, to));
                } else {
                    String refusal = assertThrows(IllegalStateException.class, () -> table.follow(from, to))
                            .getMessage();
                    assertEquals(to + " cannot follow " + from, refusal);
                }
            }
            rows.add(row.toString());
        }
        assertEquals(drawn, rows);
    }
}
