// SPDX-License-Identifier: Apache-2.0
/**
 * Connections that are written to together, such as the members of a chat room or the subscribers of a topic.
 *
 * <p>This room imports {@code io.portcullis} and the JDK; it uses nothing that an application could not use. Open
 * {@link io.portcullis.group.ConnectionGroup} first.
 */
@NullMarked
package io.portcullis.group;

import org.jspecify.annotations.NullMarked;
