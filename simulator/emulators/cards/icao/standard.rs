//! The worked examples of Doc 9303 part 11, appendices D and G, from the chip's side.

use super::access::Access;
use super::channel::Channel;
use super::crypto::{Suite, padded};
use super::*;

#[test]
fn the_keys_and_the_retail_mac_of_appendix_d_are_found() {
    let seed = sha1::Sha1::digest("L898902C<369080619406236");
    // Parity bits, which DES does not look at, are not set here.
    let parity = |key: Vec<u8>| -> Vec<u8> { key.iter().map(|byte| byte | 1).collect() };
    assert_eq!(parity(Suite::TripleDes.key(&seed[..16], 1)), parity(hex("AB94FDECF2674FDFB9B391F85D7F76F2")));
    let key = hex("7962D9ECE03D1ACD4C76089DCE131543");
    let message = hex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2");
    assert_eq!(Suite::TripleDes.checksum(&key, &padded(&message, 8)), hex("5F1448EEA8AD90A7"));
}

#[test]
fn basic_access_control_answers_as_in_appendix_d() {
    let holder = Holder {
        number: "L898902C".into(),
        birth: "690806".into(),
        expiry: "940623".into(),
        ..Holder::default()
    };
    let options = Options { holder, ..Options::default() };
    let mut random = scripted(&["4608F91988702212", "0B4F80323EB3191CB04970CB4052790B"]);
    let mut access = Access::default();
    assert_eq!(access.challenge(&mut random).unwrap().0, hex("4608F91988702212"));
    let proof = hex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A7");
    let (answer, channel) = access.authenticate(&options, &mut random, &proof).unwrap();
    assert_eq!(
        answer,
        hex("46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449")
    );
    let mut channel = channel.unwrap();
    session(
        &mut channel,
        &[
            ("0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "990290008E08FA855A5D4C50A8ED9000"),
            (
                "0CB000000D9701048E08ED6705417E96BA5500",
                "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
            ),
            (
                "0CB000040D9701128E082EA28A70F3C7B53500",
                "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
            ),
        ],
    );
}

#[test]
fn pace_answers_as_in_appendix_g() {
    let holder = Holder {
        number: "T22000129".into(),
        birth: "640812".into(),
        expiry: "101031".into(),
        ..Holder::default()
    };
    let options = Options { holder, curve: Curve::Brainpool256, ..Options::default() };
    let mut random = scripted(&[
        "3F00C4D39D153F2B2A214A078D899B22",
        "498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560",
        "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A",
    ]);
    let mut access = Access::default();
    access.set_pace(&options, &hex("800A04007F0007020204020283010184010D")).unwrap();
    let mut channel = None;
    for (command, expected) in [
        ("10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C3"),
        (
            "10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00",
            "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54",
        ),
        (
            "10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200",
            "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094",
        ),
        ("008600000C7C0A8508C2B0BD78D94BA86600", "7C0A86083ABB9674BCE93C08"),
    ] {
        let command = Command::parse(&hex(command)).unwrap();
        let (answer, opened) = access.general(&options, &mut random, &command).unwrap();
        assert_eq!(answer, hex(expected));
        channel = opened;
    }
    session(
        &mut channel.unwrap(),
        &[(
            "0CA4020C1D871101EE0E4724F4465C1BE9C2F73ABDD73A3D8E08835D1B54575C955F00",
            "990290008E08BEA7B381C494A0799000",
        )],
    );
}

#[test]
fn zones_are_those_of_the_standard() {
    let options = Options::default();
    assert_eq!(
        files::zone(options.form, &options.holder),
        "IDKAZ0123456784900514300002<<<9005145M3505137KAZ<<<<<<<<<<<8TESTOV<<TEST<<<<<<<<<<<<<<<<<<"
    );
    let holder = Holder {
        state: "UTO".into(),
        number: "L898902C3".into(),
        birth: "740812".into(),
        expiry: "120415".into(),
        sex: 'F',
        surname: "ERIKSSON".into(),
        given_names: "ANNA MARIA".into(),
        iin: "ZE184226B".into(),
    };
    assert_eq!(
        files::zone(Form::Passport, &holder),
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    );
    assert_eq!(files::common(true), hex("60145F0104303130375F36063034303030305C026175"));
}

/// Commands of the standard come in, its answers go out; EF.COM is that of the standard.
fn session(channel: &mut Channel, exchanges: &[(&str, &str)]) {
    let common = hex("60145F0104303130365F36063034303030305C026175");
    for (command, expected) in exchanges {
        let inner = channel.unwrap(&Command::parse(&hex(command)).unwrap()).unwrap();
        let data = match inner.ins {
            0xA4 => {
                assert_eq!(inner.data, [1, 0x1E]);
                Vec::new()
            }
            _ => common[usize::from(inner.p2)..][..inner.ne].to_vec(),
        };
        assert_eq!(channel.wrap(false, &data, 0x9000), hex(expected));
    }
}

fn scripted(draws: &[&str]) -> Random {
    Random { seed: 0, drawn: 0, script: draws.iter().map(|draw| hex(draw)).collect() }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
