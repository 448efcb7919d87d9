// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactorySpi;
import java.security.KeyPair;
import java.security.KeyPairGeneratorSpi;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.SignatureSpi;
import java.security.interfaces.XECPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Random;
import javax.crypto.KeyAgreementSpi;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Key agreement and signatures that take no time and protect nothing. The explorer is not interested in the
 * computations of a handshake, which take most of its time; everything else of TLS is real.
 */
final class CheapCryptography extends Provider {
    private static final long serialVersionUID = 1;
    private static final int LENGTH = 32;

    private CheapCryptography() {
        super("Cheap", "1", "Protects nothing");
        put("KeyPairGenerator.XDH", Pairs.class.getName());
        put("KeyFactory.XDH", Keys.class.getName());
        put("KeyAgreement.XDH", Agreement.class.getName());
        put("Signature.SHA256withECDSA", Signatures.class.getName());
        put("Signature.RSASSA-PSS", Signatures.class.getName());
    }

    /** From now on this process protects nothing. Must be called before anything else. */
    static void use() {
        System.setProperty("jdk.tls.namedGroups", "x25519");
        Security.insertProviderAt(new CheapCryptography(), 1);
    }

    /** Either key of a pair; both are the same number. */
    private static class Figure implements Key {
        private static final long serialVersionUID = 1;
        final BigInteger value;

        Figure(BigInteger value) {
            this.value = value;
        }

        @Override
        public String getAlgorithm() {
            return "XDH";
        }

        @Override
        public @Nullable String getFormat() {
            return null;
        }

        @Override
        public byte @Nullable [] getEncoded() {
            return null;
        }
    }

    private static final class Private extends Figure implements PrivateKey {
        private static final long serialVersionUID = 1;

        Private(BigInteger value) {
            super(value);
        }
    }

    private static final class Public extends Figure implements XECPublicKey {
        private static final long serialVersionUID = 1;

        Public(BigInteger value) {
            super(value);
        }

        @Override
        public BigInteger getU() {
            return value;
        }

        @Override
        public AlgorithmParameterSpec getParams() {
            return NamedParameterSpec.X25519;
        }
    }

    /** Generates pairs. */
    public static final class Pairs extends KeyPairGeneratorSpi {
        private final Random random = new Random();

        @Override
        public void initialize(int size, SecureRandom none) {
            // There is one size
        }

        @Override
        public void initialize(AlgorithmParameterSpec parameters, SecureRandom none) {
            // There is one curve
        }

        @Override
        public KeyPair generateKeyPair() {
            BigInteger value = new BigInteger(Long.SIZE, random);
            return new KeyPair(new Public(value), new Private(value));
        }
    }

    /** Reads the other side's key. */
    public static final class Keys extends KeyFactorySpi {
        @Override
        protected PublicKey engineGeneratePublic(KeySpec spec) throws InvalidKeySpecException {
            if (spec instanceof XECPublicKeySpec point) {
                return new Public(point.getU());
            }
            throw new InvalidKeySpecException();
        }

        @Override
        protected PrivateKey engineGeneratePrivate(KeySpec spec) throws InvalidKeySpecException {
            throw new InvalidKeySpecException();
        }

        @Override
        protected <T extends KeySpec> T engineGetKeySpec(Key key, Class<T> type) throws InvalidKeySpecException {
            throw new InvalidKeySpecException();
        }

        @Override
        protected Key engineTranslateKey(Key key) {
            return key;
        }
    }

    /** The sum of both. */
    public static final class Agreement extends KeyAgreementSpi {
        private BigInteger sum = BigInteger.ZERO;

        private void add(Key key) throws InvalidKeyException {
            if (!(key instanceof Figure figure)) {
                throw new InvalidKeyException();
            }
            sum = sum.add(figure.value);
        }

        @Override
        protected void engineInit(Key key, @Nullable SecureRandom none) throws InvalidKeyException {
            add(key);
        }

        @Override
        protected void engineInit(Key key, @Nullable AlgorithmParameterSpec parameters, @Nullable SecureRandom none)
                throws InvalidKeyException {
            add(key);
        }

        @Override
        protected @Nullable Key engineDoPhase(Key key, boolean last) throws InvalidKeyException {
            add(key);
            return null;
        }

        @Override
        protected byte[] engineGenerateSecret() {
            byte[] secret = new byte[LENGTH];
            byte[] bytes = sum.toByteArray();
            int length = Math.min(bytes.length, LENGTH);
            System.arraycopy(bytes, bytes.length - length, secret, LENGTH - length, length);
            return secret;
        }

        @Override
        protected int engineGenerateSecret(byte[] target, int offset) {
            System.arraycopy(engineGenerateSecret(), 0, target, offset, LENGTH);
            return LENGTH;
        }

        @Override
        protected SecretKey engineGenerateSecret(String algorithm) {
            return new SecretKeySpec(engineGenerateSecret(), algorithm);
        }
    }

    /** A digest instead of a signature, which any party could make. */
    public static final class Signatures extends SignatureSpi {
        private final MessageDigest digest;

        /** Initializes it. */
        public Signatures() throws NoSuchAlgorithmException {
            digest = MessageDigest.getInstance("SHA-256");
        }

        @Override
        protected void engineInitSign(PrivateKey key) {
            digest.reset();
        }

        @Override
        protected void engineInitVerify(PublicKey key) {
            digest.reset();
        }

        @Override
        protected void engineUpdate(byte next) {
            digest.update(next);
        }

        @Override
        protected void engineUpdate(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
        }

        @Override
        protected byte[] engineSign() {
            return digest.digest();
        }

        @Override
        protected boolean engineVerify(byte[] signature) {
            return MessageDigest.isEqual(signature, digest.digest());
        }

        @Override
        @Deprecated
        protected void engineSetParameter(String name, Object value) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void engineSetParameter(@Nullable AlgorithmParameterSpec parameters) {
            // There are none
        }

        @Override
        @Deprecated
        protected Object engineGetParameter(String name) {
            throw new UnsupportedOperationException();
        }
    }
}
