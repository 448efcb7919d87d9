// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Handles on fields, for constants of the classes that these belong to. */
public final class Fields {
    private Fields() {}

    /**
     * A handle.
     *
     * @param lookup that of a class which may touch the field
     */
    public static VarHandle handle(MethodHandles.Lookup lookup, Class<?> owner, String field, Class<?> type) {
        try {
            return lookup.findVarHandle(owner, field, type);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }
}
