// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Generates random programs, runs them on the real machine over a scripted network and a virtual clock, and compares
 * what happens with a model.
 */
final class Explorer {
    private static final int THREADS =
            Integer.getInteger("portcullis.threads", Runtime.getRuntime().availableProcessors());

    private Explorer() {}

    /**
     * Runs programs.
     *
     * @param seed of the first one; each of the others has the next
     * @param count how many
     * @return what was visited
     * @throws AssertionError with a reduced program for each promise that was broken
     */
    static Coverage explore(long seed, long count) throws InterruptedException {
        Exploration run = new Exploration(seed, count, Integer.MAX_VALUE, THREADS);
        run.await();
        if (!run.found().isEmpty()) {
            throw new AssertionError(report(run.found()));
        }
        return run.coverage;
    }

    private static String report(Collection<String> found) {
        return found.size() + " promises were broken\n\n" + String.join("\n", found);
    }

    /** Runs one program that is given as text. */
    static void replay(String text) {
        try (Bench bench = new Bench()) {
            bench.run(Program.parse(text), new Coverage());
        }
    }

    /**
     * Explores for a long time: {@code Explorer [programs] [seed] [broken promises until it stops]}.
     *
     * <p>With {@code -Dportcullis.record=file} a line that states what was done is appended to a file at the end, also
     * after an interrupt; without a seed, or with the seed {@code next}, it continues after the last run recorded for
     * this Java version. So a long run may be split. {@code -Dportcullis.relays=n} makes one program in n a relay, by
     * default one in ten. {@code -Dportcullis.threads=n} runs programs on n threads, by default on one per core. The
     * keys and signatures of TLS are {@linkplain CheapCryptography cheap ones}, unless
     * {@code -Dportcullis.cryptography=true} is set.
     */
    public static void main(String[] arguments) throws InterruptedException, IOException {
        ExploredEndpoint.printNothing();
        if (!Boolean.getBoolean("portcullis.cryptography")) {
            CheapCryptography.use();
        }
        String file = System.getProperty("portcullis.record");
        Records records = new Records(file == null ? null : Path.of(file));
        long count = arguments.length > 0 ? Long.parseLong(arguments[0]) : 10_000_000;
        boolean goesOn = arguments.length > 1 ? arguments[1].equals("next") : file != null;
        long seed =
                goesOn ? records.nextSeed() : arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
        int enough = arguments.length > 2 ? Integer.parseInt(arguments[2]) : Integer.MAX_VALUE;
        System.out.println(count + " programs from seed " + seed + " on Java " + System.getProperty("java.version"));
        Exploration run = new Exploration(seed, count, enough, THREADS);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> conclude(run, records)));
        run.await();
        System.out.println(run.coverage.table());
        if (!run.found().isEmpty()) {
            System.out.println(report(run.found()));
            System.exit(1);
        }
    }

    /** Runs when the process ends, because everything is done or it was interrupted. */
    private static void conclude(Exploration run, Records records) {
        try {
            run.stop();
            String line = Records.line(run);
            System.out.println(line);
            records.add(line);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
