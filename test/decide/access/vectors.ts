/** Passwords and hashes of them, made with libxcrypt and OpenSSL. */
export const VECTORS: ReadonlyArray<readonly [password: string, hash: string]> = [
  ['wonderland', '$6$saltsalt$pqxtaP8VN9msji06dnBCbUbaSGTOXyo9jZDqZxik1rPexoqRIW4UKuiD0ZHZchCS' +
    'd7S4/HoRU8bcFbnz2ihUr.'],
  ['wonderland', '$6$rounds=1200$s.a/l$Sxk3w/8wJdUI9MEl1VmamTzcecBXNHoq.rePLo71q.9w21ndyd3DtdRP' +
    '6YjpY05Dc3385g8vd/KVMPQ/VTJee1'],
  ['', '$6$empty$MWslJBrCvUsbDfvDkNQwBNtJFEGiZ5CHosSR8Ol/yMiSd9JINPGkSH4OfOOVEIp87YcT49Wr.Qp4a8' +
    'bJCR6y2/'],
  ['wonderland', '$5$saltsalt$IeaomH1t0t79ShF5t59ZywXLL/dm2jA/3vpoR6EMo74'],
  ['grün', '$5$rounds=1000$x$q5UBhOyoOxON4aUNjDINcvTXCxNgJvTFv5bUmWhpUo3'],
  ['x'.repeat(100), '$5$long$wpi./ia8pC0K3oNxjvO9k3LLIpskESSREW7vw8zHBb6'],
  ['wonderland', '$2b$04$abcdefghijklmnopqrstuujZkTwHUiJ9XdZPwKfcfDo7dMp5DjlTu'],
  ['wonderland', '$2y$05$abcdefghijklmnopqrstuuA0vov2GDneHB3.8.cv9UF9g.RdvScIW'],
  ['wonderland', '$apr1$saltsalt$WoESZIlCyPaOHxFHP.vy51'],
  ['grün', '$apr1$x$wymFDvG8tQhq4CTqBSznA1'],
  ['', '$apr1$abc$BfqKdn9xFDWJPa3kcp/PH0'],
  ['x'.repeat(100), '$apr1$long$gPbU3FqhLhxVocjtiTwdh0'],
]

/** The line of an htpasswd file for a user whose password is `wonderland`: cheap to check. */
export function lineOf(user: string): string {
  return `${user}:$2b$04$abcdefghijklmnopqrstuujZkTwHUiJ9XdZPwKfcfDo7dMp5DjlTu\n`
}
