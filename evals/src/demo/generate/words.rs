//! Names of people and companies; all made up, put together by chance.

use super::dice::Dice;

const FIRST: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "Aisling", "Amara", "Andrew", "Ayesha", "Bridget", "Callum", "Chidi", "Ciara", "Daniel", "Deepa",
            "Ellen", "Farah", "Fiona", "George", "Grace", "Hamish", "Hannah", "Imran", "Isla", "Jamal",
            "Joanna", "Kavita", "Kwame", "Liam", "Lorna", "Marcus", "Meera", "Naomi", "Niall", "Olivia",
            "Omar", "Patrick", "Priya", "Rachel", "Rory", "Sadia", "Samuel", "Sinead", "Tariq", "Tessa",
            "Victor", "Winston", "Yusuf", "Zara",
        ],
    ),
    (
        "de",
        &[
            "Anja", "Aylin", "Bernd", "Birgit", "Dennis", "Elif", "Frank", "Greta", "Heike", "Jens", "Jonas",
            "Katrin", "Lukas", "Mareike", "Mehmet", "Nele", "Olaf", "Petra", "Ralf", "Sabine", "Stefan",
            "Ute",
        ],
    ),
    (
        "es",
        &[
            "Alba", "Álvaro", "Beatriz", "Carlos", "Daniela", "Diego", "Elena", "Gonzalo", "Inés", "Javier",
            "Lucía", "Manuel", "Marta", "Nuria", "Pablo", "Raquel", "Sergio", "Teresa", "Ximena",
        ],
    ),
];
const LAST: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "Abara",
            "Ashworth",
            "Banerjee",
            "Barlow",
            "Byrne",
            "Calloway",
            "Castell",
            "Chaudhry",
            "Corrigan",
            "Daly",
            "Dunmore",
            "Eastwell",
            "Ekwueme",
            "Fallon",
            "Farrow",
            "Gallagher",
            "Greenhalgh",
            "Hartigan",
            "Hollis",
            "Iqbal",
            "Jennings",
            "Kavanagh",
            "Kirwan",
            "Lockhart",
            "Loughlin",
            "Mackay",
            "Mbeki",
            "Merrick",
            "Nolan",
            "Oduya",
            "Okafor",
            "Pemberton",
            "Quill",
            "Rahman",
            "Redfern",
            "Sandhu",
            "Sheridan",
            "Somerville",
            "Tandy",
            "Thackeray",
            "Underhill",
            "Varma",
            "Wexford",
            "Whitlock",
            "Yarrow",
        ],
    ),
    (
        "de",
        &[
            "Achterberg",
            "Brandis",
            "Demirtas",
            "Eichhorst",
            "Falkenau",
            "Gerlach",
            "Hohenfeld",
            "Immel",
            "Kahlert",
            "Lindauer",
            "Mertens",
            "Niehaus",
            "Ostermoor",
            "Pfister",
            "Rosenbaum",
            "Sander",
            "Tiedemann",
            "Uhlig",
            "Wendland",
            "Yildiz",
        ],
    ),
    (
        "es",
        &[
            "Aranda",
            "Belmonte",
            "Carvajal",
            "Duarte",
            "Escobedo",
            "Figueroa",
            "Galindo",
            "Herrero",
            "Izaguirre",
            "Lozano",
            "Mendieta",
            "Navas",
            "Olmedo",
            "Paredes",
            "Quiroga",
            "Robledo",
            "Salvatierra",
            "Urrutia",
            "Villalba",
        ],
    ),
];
const COMPANY: &[&str] = &[
    "Alderbrook",
    "Amberline",
    "Arkwell",
    "Ashgrove",
    "Barrowgate",
    "Bellmoor",
    "Birchfield",
    "Blackwater",
    "Bluestone",
    "Bramblewood",
    "Brindle",
    "Caldera",
    "Carrick",
    "Cedarway",
    "Claremount",
    "Cobalt",
    "Copperfield",
    "Coralline",
    "Crestview",
    "Deepdale",
    "Dovetail",
    "Eastmark",
    "Elmhurst",
    "Emberton",
    "Fairhaven",
    "Ferncliff",
    "Fieldstone",
    "Foxglove",
    "Glenmore",
    "Goldcrest",
    "Granite",
    "Greyfriars",
    "Halyard",
    "Hawthorn",
    "Highmoor",
    "Hollybank",
    "Inverlea",
    "Ironbridge",
    "Ivywell",
    "Juniper",
    "Kestrel",
    "Kingsmill",
    "Lakemont",
    "Larkspur",
    "Lindenhof",
    "Longreach",
    "Maplewood",
    "Marlowe",
    "Meridian",
    "Millrace",
    "Moorgate",
    "Nightingale",
    "Northwind",
    "Oakhaven",
    "Orchard",
    "Osprey",
    "Palisade",
    "Pennant",
    "Pinecrest",
    "Quarry",
    "Ravenscar",
    "Redwater",
    "Ridgeway",
    "Rivermead",
    "Rowanfield",
    "Saltmarsh",
    "Sandpiper",
    "Silverline",
    "Southgate",
    "Springvale",
    "Starling",
    "Stonebridge",
    "Summit",
    "Swallowtail",
    "Thornbury",
    "Tidewater",
    "Trident",
    "Umber",
    "Valehouse",
    "Vantage",
    "Waverley",
    "Westbrook",
    "Wildflower",
    "Willowbank",
    "Windermoor",
    "Yewtree",
];
const STREETS: &[&str] = &[
    "Harbour Road",
    "Mill Lane",
    "Station Street",
    "Foundry Way",
    "Canal Walk",
    "Market Row",
    "Orchard Drive",
    "Depot Road",
    "Chapel Hill",
    "Industrial Estate",
    "Quay Street",
    "Bridge Avenue",
];

/// Somebody's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) first: String,
    pub(super) last: String,
}

/// A name as people of a language have it.
pub(super) fn name(dice: &mut Dice, language: &str) -> Name {
    let mut of = |lists: &[(&str, &[&str])]| {
        let list = lists
            .iter()
            .find(|(code, _)| *code == language)
            .or_else(|| lists.first());
        list.map(|(_, names)| dice.pick(names).to_owned())
            .unwrap_or_default()
    };
    Name {
        first: of(FIRST),
        last: of(LAST),
    }
}

/// How many companies can be told apart by their first word.
pub(super) fn company_word(dice: &mut Dice) -> &'static str {
    dice.pick(COMPANY)
}

/// An address in a street.
pub(super) fn street(dice: &mut Dice) -> String {
    format!("{} {}", dice.whole(1, 180), dice.pick(STREETS))
}

/// A name as it stands in an address of mail or the web: lower case, plain letters, no gaps.
pub(super) fn plain(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            'á' | 'à' | 'ä' => Some('a'),
            'é' | 'è' => Some('e'),
            'í' => Some('i'),
            'ó' | 'ö' => Some('o'),
            'ú' | 'ü' => Some('u'),
            'ñ' => Some('n'),
            letter if letter.is_ascii_alphanumeric() => Some(letter),
            _ => None,
        })
        .collect()
}

/// A number in a range that is set aside for fiction.
pub(super) fn phone(dice: &mut Dice, pattern: &str) -> String {
    let area = dice.pick(&[
        "201", "212", "312", "404", "416", "503", "604", "614", "713", "901",
    ]);
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (inner, after) = after.split_once('}').unwrap_or((after, ""));
        match inner.parse::<usize>() {
            Ok(count) => (0..count).for_each(|_| out.push_str(&dice.whole(0, 9).to_string())),
            Err(_) => out.push_str(area),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
