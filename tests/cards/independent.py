"""DES and SM4 bit by bit (FIPS 46-3, GB/T 32907), and what cards do with them.

Shares nothing with ``cards.chip``: what the two agree on, neither has wrong by itself.
"""

IP = [row + 8 * column for row in (58, 60, 62, 64, 57, 59, 61, 63) for column in range(0, -8, -1)]
FP = [IP.index(position) + 1 for position in range(1, 65)]
E = [(4 * row + column - 1) % 32 + 1 for row in range(8) for column in range(6)]
P = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
     2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25]  # fmt: skip
PC1 = [57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3,
       60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45,
       37, 29, 21, 13, 5, 28, 20, 12, 4]  # fmt: skip
PC2 = [14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
       41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29,
       32]  # fmt: skip
SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]
S = [
    "E4D12FB83A6C59070F74E2D1A6CB953841E8D62BFC973A50FC8249175B3EA06D",
    "F18E6B34972DC05A3D47F28EC01A69B50E7BA4D158C6932FD8A13F42B67C05E9",
    "A09E63F51DC7B428D709346A285ECBF1D6498F30B12C5AE71AD069874FE3B52C",
    "7DE3069A1285BC4FD8B56F03472C1AE9A690CB7DF13E52843F06A1D8945BC72E",
    "2C417AB6853FD0E9EB2C47D150FA3986421BAD78F9C5630EB8C71E2D6F09A453",
    "C1AF92680D34E75BAF427C9561DE0B389EF528C3704A1DB6432C95FABE17608D",
    "4B2EF08D3C975A61D0B7491AE35C2F8614BDC37EAF6805926BD814A7950FE23C",
    "D2846FB1A93E50C71FD8A374C56B0E927B419CE206ADF35821E74A8DFC90356B",
]
SM4_S = bytes.fromhex(
    "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699"
    "9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6"
    "4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35"
    "1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e"
    "eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3"
    "1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51"
    "8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0"
    "8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948"
)
FK = (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC)


def _picked(bits: str, table: list[int]) -> str:
    return "".join(bits[position - 1] for position in table)


def _bits(block: bytes) -> str:
    return f"{int.from_bytes(block):0{8 * len(block)}b}"


def _f(half: str, key: str) -> str:
    mixed = f"{int(_picked(half, E), 2) ^ int(key, 2):048b}"
    out = ""
    for number, box in enumerate(S):
        six = mixed[6 * number : 6 * number + 6]
        out += f"{int(box[16 * int(six[0] + six[5], 2) + int(six[1:5], 2)], 16):04b}"
    return _picked(out, P)


def des(key: bytes, block: bytes, *, backwards: bool = False) -> bytes:
    """One block under one key."""
    c, d = (half := _picked(_bits(key), PC1))[:28], half[28:]
    keys = []
    for shift in SHIFTS:
        c, d = c[shift:] + c[:shift], d[shift:] + d[:shift]
        keys.append(_picked(c + d, PC2))
    mixed = _picked(_bits(block), IP)
    left, right = mixed[:32], mixed[32:]
    for one in reversed(keys) if backwards else keys:
        left, right = right, f"{int(left, 2) ^ int(_f(right, one), 2):032b}"
    return int(_picked(right + left, FP), 2).to_bytes(8)


def tdes(key: bytes, block: bytes) -> bytes:
    """One block under a key of two parts: with the first, back with the second, with the first."""
    return des(key[:8], des(key[8:], des(key[:8], block), backwards=True))


def _turned(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def _t(word: int, turns: tuple[int, ...]) -> int:
    through = int.from_bytes(bytes(SM4_S[byte] for byte in word.to_bytes(4)))
    for by in turns:
        through ^= _turned(int.from_bytes(bytes(SM4_S[b] for b in word.to_bytes(4))), by)
    return through


def sm4(key: bytes, block: bytes) -> bytes:
    """One block."""
    k = [int.from_bytes(key[i : i + 4]) ^ FK[i // 4] for i in range(0, 16, 4)]
    x = [int.from_bytes(block[i : i + 4]) for i in range(0, 16, 4)]
    for i in range(32):
        ck = int.from_bytes(bytes((4 * i + j) * 7 % 256 for j in range(4)))
        k.append(k[i] ^ _t(k[i + 1] ^ k[i + 2] ^ k[i + 3] ^ ck, (13, 23)))
        x.append(x[i] ^ _t(x[i + 1] ^ x[i + 2] ^ x[i + 3] ^ k[i + 4], (2, 10, 18, 24)))
    return b"".join(word.to_bytes(4) for word in reversed(x[-4:]))


def child(algorithm: str, parent: bytes, factor: bytes) -> bytes:
    """A key one level down."""
    other = bytes(255 - byte for byte in factor)
    if algorithm == "SM4":
        return sm4(parent, factor + other)
    return tdes(parent, factor) + tdes(parent, other)


def answer(algorithm: str, key: bytes, challenge: bytes) -> bytes:
    """What a card of ``key`` answers."""
    once, asked = child(algorithm, key, challenge[:8]), challenge[8:]
    if algorithm == "SM4":
        return sm4(once, asked + bytes(255 - byte for byte in asked))[:8]
    return tdes(once, asked)
