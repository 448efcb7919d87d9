// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredConnection.Start;
import io.portcullis.dispatch.ExploredRelay;
import io.portcullis.explorer.ConnectionProgram.PeersTls;
import io.portcullis.explorer.Step.From;
import io.portcullis.explorer.Verb.Actor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Generates programs, each from a seed. */
final class Generator {
    private static final int[] SIZES = {
        0, 1, 2, 3, 10, 100, 700, 1023, 1024, 2048, 4096, 8192, 16_384, 20_000, 65_536, 100_000
    };
    /** Up to more than a relay buffers. */
    private static final int[] RELAYED = {1, 10, 1024, 20_000, 65_536, 100_000, 300_000};

    private static final int[] TIMES = {1, 50, 500, 2_000, 2_999, 3_500, 9_999, 10_000, 31_000, 61_000, 121_000};

    /** Numbers of records: few enough to be tolerated, too many without credit for data, and too many in any case. */
    private static final int[] FLOODS = {10, 32, 33, 34, 300, 2_000};

    /**
     * How often an action is done, unless once. Actions that end a connection are rare, or most programs would be
     * short.
     */
    private static final Map<Verb, Integer> WEIGHTS = new EnumMap<>(Map.ofEntries(
            Map.entry(Verb.TAKE, 20),
            Map.entry(Verb.ECHO, 12),
            Map.entry(Verb.SEND_LENT, 8),
            Map.entry(Verb.CLEAR_LENT, 2),
            Map.entry(Verb.FAIL, 4),
            Map.entry(Verb.BLAME_THE_PEER, 3),
            Map.entry(Verb.BLAME_WITH_REPLY, 3),
            Map.entry(Verb.WRITE, 10),
            Map.entry(Verb.WRITE_DIRECT, 5),
            Map.entry(Verb.WRITE_READ_ONLY, 2),
            Map.entry(Verb.SEND, 8),
            Map.entry(Verb.SEND_DIRECT, 8),
            Map.entry(Verb.SEND_FILE, 4),
            Map.entry(Verb.SEND_SHORT_FILE, 1),
            Map.entry(Verb.TOUCH_SENT, 2),
            Map.entry(Verb.PAUSE, 6),
            Map.entry(Verb.RESUME, 8),
            Map.entry(Verb.CLOSE, 3),
            Map.entry(Verb.ABORT, 1),
            Map.entry(Verb.END_OUTPUT, 2),
            Map.entry(Verb.EXECUTE, 5),
            Map.entry(Verb.START_TLS, 5),
            Map.entry(Verb.STOP_TLS, 5),
            Map.entry(Verb.AWAIT_SECURED, 2),
            Map.entry(Verb.AWAIT_CLOSED, 2),
            Map.entry(Verb.ASK, 4),
            Map.entry(Verb.ASK_WRITABLE, 6),
            Map.entry(Verb.PASS_ON, 4),
            Map.entry(Verb.SCHEDULE, 4),
            Map.entry(Verb.SET_IDLE, 4),
            Map.entry(Verb.PEER_SENDS, 40),
            Map.entry(Verb.PEER_TAKES, 30),
            Map.entry(Verb.PEER_SPEAKS_TLS, 6),
            Map.entry(Verb.PEER_ENDS, 3),
            Map.entry(Verb.PEER_CUTS, 2),
            Map.entry(Verb.PEER_RESETS, 2),
            Map.entry(Verb.PEER_BABBLES, 2),
            Map.entry(Verb.PEER_PINGS, 4),
            Map.entry(Verb.PEER_FLOODS, 3),
            Map.entry(Verb.PEER_SAYS_NOTHING, 3),
            Map.entry(Verb.READ_DONE, 40),
            Map.entry(Verb.WRITE_DONE, 40),
            Map.entry(Verb.TASKS_DONE, 20),
            Map.entry(Verb.TURNS, 6),
            Map.entry(Verb.CALLBACK, 30),
            Map.entry(Verb.PASS, 5),
            Map.entry(Verb.INLINE, 8),
            Map.entry(Verb.LONGEST, 6),
            Map.entry(Verb.DECIDE, 4),
            Map.entry(Verb.DECIDE_AGAINST, 2),
            Map.entry(Verb.FAIL_TO_DECIDE, 2),
            Map.entry(Verb.REFUSE_LOAN, 2),
            Map.entry(Verb.REFUSE_CALLBACKS, 2),
            Map.entry(Verb.CALL_AT_ONCE, 2),
            Map.entry(Verb.TARGET_CONNECTS, 30),
            Map.entry(Verb.TARGET_REFUSES, 2),
            Map.entry(Verb.TARGET_SENDS, 40),
            Map.entry(Verb.TARGET_TAKES, 30),
            Map.entry(Verb.TARGET_ENDS, 5),
            Map.entry(Verb.TARGET_RESETS, 2),
            Map.entry(Verb.TARGET_READ_DONE, 30),
            Map.entry(Verb.TARGET_WRITE_DONE, 30),
            Map.entry(Verb.DRAIN, 2),
            Map.entry(Verb.SHUT_DOWN, 2)));

    private static final List<Verb> OUTSIDE = verbs(Actor.WORLD, Actor.WORLD, Actor.ANYBODY);
    private static final List<Verb> OF_RELAYS = weighed(RelayProgram.VERBS.stream());

    /** How relays begin: random programs seldom get as far. */
    private static final List<List<Step>> BEGINNINGS = List.of(
            List.of(),
            connectedAnd(),
            connectedAnd(new Step(Verb.PEER_ENDS, 0)),
            connectedAnd(new Step(Verb.TARGET_ENDS, 0)),
            connectedAnd(new Step(Verb.PEER_SENDS, 300_000)),
            connectedAnd(new Step(Verb.TARGET_SENDS, 300_000)));

    private static final List<Verb> CALLS = verbs(Actor.ANYBODY);
    private static final List<Verb> INSIDE = verbs(Actor.DELIVERY, Actor.DELIVERY, Actor.HANDLER, Actor.ANYBODY);

    /** One program in this many is a relay. */
    private static final int RELAYS = Integer.getInteger("portcullis.relays", 10);

    private final Random random;
    private int[] sizes = SIZES;

    Generator(long seed) {
        random = new Random(seed);
    }

    private static List<Step> connectedAnd(Step... steps) {
        Step[] connected = {new Step(Verb.DECIDE, 0), new Step(Verb.PEER_SENDS, 1), new Step(Verb.TARGET_CONNECTS, 0)};
        return Stream.of(connected, steps).flatMap(Arrays::stream).toList();
    }

    private static List<Verb> verbs(Actor... actors) {
        return weighed(Arrays.stream(actors)
                .flatMap(actor -> Arrays.stream(Verb.values()).filter(verb -> verb.actor == actor)));
    }

    private static List<Verb> weighed(Stream<Verb> verbs) {
        return verbs.flatMap(verb -> Collections.nCopies(WEIGHTS.getOrDefault(verb, 1), verb).stream())
                .toList();
    }

    Program next() {
        return random.nextInt(RELAYS) == 0 ? relay() : connection();
    }

    private RelayProgram relay() {
        sizes = RELAYED;
        ExploredRelay.Start[] starts = ExploredRelay.Start.values();
        List<Step> steps = new ArrayList<>(BEGINNINGS.get(random.nextInt(BEGINNINGS.size())));
        for (int i = random.nextInt(50); i > 0; i--) {
            steps.add(step(OF_RELAYS));
        }
        return new RelayProgram(starts[random.nextInt(starts.length)], random.nextInt(3) == 0, steps);
    }

    private ConnectionProgram connection() {
        Start start = start();
        PeersTls tls = start == Start.DETECT && random.nextBoolean()
                ? PeersTls.NONE
                : random.nextBoolean() ? PeersTls.TLS12 : PeersTls.TLS13;
        int low = one(SIZES);
        int high = Math.max(low + 1, one(SIZES));
        boolean generous = random.nextInt(4) > 0;
        return possible(new ConnectionProgram(
                start,
                tls,
                random.nextInt(3) == 0,
                generous ? 16_384 : low,
                generous ? 65_536 : high,
                generous ? 1 << 20 : 1 + one(SIZES),
                answers(),
                then(),
                steps()));
    }

    /**
     * Without what the model cannot predict: writes by other threads during a callback that may come before or after a
     * switch.
     */
    private static ConnectionProgram possible(ConnectionProgram program) {
        if (!program.has(Verb.START_TLS) && !program.has(Verb.STOP_TLS)) {
            return program;
        }
        List<List<Step>> lists = new ArrayList<>(program.lists());
        // All actions except those from outside
        lists.subList(1, lists.size())
                .replaceAll(list -> list.stream().map(Generator::byTheCallback).toList());
        return program.withLists(lists);
    }

    /** Cryptography is slow, so fewer programs use it. */
    private Start start() {
        return switch (random.nextInt(20)) {
            case 0 -> Start.TLS;
            case 1 -> Start.DETECT;
            case 2 -> Start.LATER_TLS;
            case 3, 4 -> Start.LATER_PLAIN;
            case 5, 6, 7, 8, 9, 10 -> Start.FRAMES;
            default -> Start.PLAIN;
        };
    }

    private List<List<Step>> answers() {
        List<List<Step>> answers = new ArrayList<>();
        // Some handlers do nothing at all
        int most = 1 + random.nextInt(4);
        for (int i = random.nextInt(8); i > 0; i--) {
            List<Step> answer = new ArrayList<>();
            for (int j = random.nextInt(most); j > 0; j--) {
                answer.add(step(INSIDE));
            }
            answers.add(List.copyOf(answer));
        }
        return answers;
    }

    private List<Step> then() {
        List<Step> then = new ArrayList<>();
        for (int i = random.nextInt(3) == 0 ? random.nextInt(5) : 0; i > 0; i--) {
            then.add(step(CALLS));
        }
        return then;
    }

    private List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        for (int i = random.nextInt(random.nextInt(4) == 0 ? 60 : 16); i > 0; i--) {
            steps.add(step(OUTSIDE));
        }
        return steps;
    }

    private Step step(List<Verb> verbs) {
        Verb verb = verbs.get(random.nextInt(verbs.size()));
        return new Step(verb, verb.counts ? amount(verb) : 0, from(verb));
    }

    /**
     * Other threads' writes during a callback have no defined order relative to the callback's actions, so they write
     * only where it does not matter on which side of a TLS switch they are.
     */
    private static Step byTheCallback(Step step) {
        boolean writes =
                step.verb().name().startsWith("WRITE") || step.verb().name().startsWith("SEND");
        return writes ? new Step(step.verb(), step.amount()) : step;
    }

    private int amount(Verb verb) {
        return switch (verb) {
            case PASS, SCHEDULE, SET_IDLE -> one(TIMES);
            case INLINE -> random.nextInt(2);
            case REFUSE_CALLBACKS -> random.nextInt(3);
            case REFUSE_LOAN -> 1 + random.nextInt(10);
            case TOUCH_SENT -> random.nextInt(5);
            case PEER_FLOODS, PEER_SAYS_NOTHING -> one(FLOODS);
            case PEER_BABBLES -> 1 + random.nextInt(40);
            case PEER_SENDS -> Math.max(1, one(sizes));
            default -> one(sizes);
        };
    }

    private From from(Verb verb) {
        if (verb.actor != Actor.ANYBODY) {
            return From.HERE;
        }
        return switch (random.nextInt(12)) {
            case 0 -> From.THREAD;
            case 1, 2 -> From.TURN;
            default -> From.HERE;
        };
    }

    private int one(int[] of) {
        return of[random.nextInt(of.length)];
    }
}
