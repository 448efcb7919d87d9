// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Queue;

/** Gives tests of other packages access to the internals of the machine. */
public final class LoopInsides {
    private LoopInsides() {}

    /** A strand whose turns run on the thread that signals. */
    public static Strand strandAtOnce(Strand.Turn body) {
        return new Strand(body, new Strand.Host() {
            @Override
            public void run(Strand strand) {
                strand.run();
            }

            @Override
            public void runLater(Strand strand) {
                strand.run();
            }
        });
    }

    /** A stand-in for the current threads. */
    public static Object crew(GroupMachine machine) {
        return machine.crews().current();
    }

    /** Makes the current threads' bell fail to connect. */
    public static void bellNotConnected(GroupMachine machine, IOException failure) {
        machine.crews().current().doorbell().notConnected(failure);
    }

    /** Puts the tasks of that bell into this queue. */
    public static void replaceRung(GroupMachine machine, Queue<Dispatched> queue) {
        try {
            Field rung = Doorbell.class.getDeclaredField("rung");
            rung.setAccessible(true);
            rung.set(machine.crews().current().doorbell(), queue);
        } catch (ReflectiveOperationException failure) {
            throw new LinkageError("the bell has a different structure", failure);
        }
    }
}
