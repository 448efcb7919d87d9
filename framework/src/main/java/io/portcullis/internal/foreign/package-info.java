// SPDX-License-Identifier: Apache-2.0
/**
 * Text of others on its way into a message: bounded, escaped. It imports the JDK. Internal: may change with any
 * release.
 */
@NullMarked
package io.portcullis.internal.foreign;

import org.jspecify.annotations.NullMarked;
