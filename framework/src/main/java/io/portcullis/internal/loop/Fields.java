// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Creates the {@link VarHandle} constants of classes with atomic fields. */
public final class Fields {
    private Fields() {}

    /**
     * Returns a handle for a field.
     *
     * @param lookup the lookup of a class that may access the field
     */
    public static VarHandle handle(MethodHandles.Lookup lookup, Class<?> owner, String field, Class<?> type) {
        try {
            return lookup.findVarHandle(owner, field, type);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }
}
