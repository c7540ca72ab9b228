"""Prove that secrets stand sealed and sessions at kiosks are their holders' (秘密、会话不变量).

What leaves no trace in the tables (logs, messages, the screen of a kiosk) tests hold:
docs/reliability.md says which.
"""

from payments.ledger.invariants import Broken, broken_by

# AES-GCM under argon2id: form, salt, nonce, 32 bytes of the key, tag (``sealing``). An account that
# only tests sign with has none.
SEALED_BYTES = 1 + 16 + 12 + 32 + 16

# A minute: two calls at once have clocks of their own.
# Every statement gives (where, wanted, found) of what is broken; nothing when all is well.
STATEMENTS: tuple[tuple[str, str], ...] = (
    (
        "INV-10 签名私钥、口令器密钥在库中只有密文",
        f"""
        SELECT '密钥 ' || k.id, '{SEALED_BYTES} 字节密文', octet_length(k.sealed)::text FROM (
            SELECT 'access_signingkey ' || id AS id, private_sealed AS sealed FROM access_signingkey
            UNION ALL
            SELECT 'access_staffreset ' || id, private_sealed FROM access_staffreset) k
        WHERE octet_length(k.sealed) > 0
            AND (octet_length(k.sealed) <> {SEALED_BYTES} OR get_byte(k.sealed, 0) <> 1)
        UNION ALL
        SELECT '口令器 ' || username, '密文', octet_length(totp_sealed)::text FROM access_staff
        WHERE octet_length(totp_sealed) < 12 + 16 + 16
        """,
    ),
    (
        # What an opening or a reset keeps is sealed with a password that others were told.
        "INV-10 签名密钥只有本人的密码能打开",
        """
        SELECT '密钥 ' || k.id, '本人修改密码时生成', '与重置 ' || r.id || ' 留存的相同'
        FROM access_signingkey k JOIN access_staffreset r ON r.public_key = k.public_key
        WHERE k.retired_at IS NULL AND NOT k.initial
        UNION ALL
        SELECT '密钥 ' || k.id, '本人修改密码时生成', '仍是初始密码下的'
        FROM access_signingkey k JOIN access_staff s ON s.id = k.staff_id
        WHERE k.retired_at IS NULL AND k.initial AND NOT s.password_initial
        """,
    ),
    (
        "INV-11 口令在库中只有散列",
        """
        SELECT '账号 ' || username, 'argon2id 散列', '不是 argon2id 散列' FROM access_staff
        WHERE password <> '' AND password NOT LIKE '!%%'
            AND password NOT LIKE 'argon2$argon2id$%%'
        """,
    ),
    (
        "INV-12 凭卡开通的会话属于持卡人",
        """
        SELECT '会话 ' || s.id, '自然人 ' || c.person_id, s.person_id::text
        FROM access_citizensession s JOIN cards_card c ON c.id = s.card_id
        JOIN people_canonical a ON a.party_id = s.person_id
        JOIN people_canonical b ON b.party_id = c.person_id
        WHERE a.canonical_id <> b.canonical_id
        """,
    ),
    (
        "INV-13 会话在自助终端停用以前开通,结束以后没有操作",
        """
        SELECT '会话 ' || s.id, '终端在用', '停用于 ' || t.revoked_at
        FROM access_citizensession s JOIN access_terminal t ON t.id = s.terminal_id
        WHERE s.opened_at > t.revoked_at + interval '1 minute'
        UNION ALL
        SELECT '会话 ' || s.id, '结束于 ' || s.ended_at, '操作于 ' || s.active_at
        FROM access_citizensession s
        WHERE s.active_at > s.ended_at + interval '1 minute'
        """,
    ),
)


def broken_promises() -> list[Broken]:
    """Run every check; an empty list is the proof."""
    return broken_by(STATEMENTS)


def promises() -> list[str]:
    """The names of all checks."""
    return [promise for promise, _ in STATEMENTS]
