// SPDX-License-Identifier: Apache-2.0
/**
 * Broadcasts to groups of connections, such as the members of a chat room or the subscribers of a topic. Start with
 * {@link io.portcullis.group.ConnectionGroup}.
 *
 * <p>This package is built only on the public API of {@code io.portcullis} and the JDK.
 */
@NullMarked
package io.portcullis.group;

import org.jspecify.annotations.NullMarked;
