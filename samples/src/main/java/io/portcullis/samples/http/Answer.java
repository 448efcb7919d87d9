// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

/** What is to be answered to a request; decided from its head alone. */
sealed interface Answer {

    /** The page about the connection. */
    record Page() implements Answer {}

    /** The word for machines that ask whether this one is well. */
    record Health() implements Answer {}

    /**
     * Bytes without meaning.
     *
     * @param count how many
     */
    record Bytes(long count) implements Answer {}

    /** The request's body. */
    record Echo() implements Answer {}

    /**
     * What the site has there.
     *
     * @param resource the resource
     */
    record Found(Resource resource) implements Answer {}

    /**
     * No.
     *
     * @param status why
     * @param allowed the methods that the path has, for 405 only, else empty
     * @param detail a line for people
     */
    record Refusal(Status status, String allowed, String detail) implements Answer {
        Refusal(Status status, String detail) {
            this(status, "", detail);
        }
    }
}
