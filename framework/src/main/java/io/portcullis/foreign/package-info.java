// SPDX-License-Identifier: Apache-2.0
/**
 * The one way by which text that others have written reaches a message or the log: bounded, and escaped. Internal: not exported.
 * Imports the JDK alone. Begin with {@link io.portcullis.foreign.ForeignText}.
 */
@NullMarked
package io.portcullis.foreign;

import org.jspecify.annotations.NullMarked;
